"""Fine-tuning at 640 x 640 as published, with mask-refine where every object has a polygon.

Mosaic, copy-paste (needs masks), affine and mixup, then without mosaic for the last epochs.
Published training also blurs or greys 1% of the pictures (needs albumentations); left out.
"""

own_size = (640, 640)
own_meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'flip_direction')
own_test_meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param')
own_masks = dict(from_annotations='has_masks', yes=True, no=False)
own_load = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True, with_mask=own_masks, mask2bbox=own_masks),
]


def affine(lowest, **options):
    options.update(max_rotate_degree=0.0, max_shear_degree=0.0, max_aspect_ratio=100.0)
    options.update(scaling_ratio_range=(lowest, 2 - lowest), border_val=(114, 114, 114))
    least_area = dict(from_annotations='has_masks', yes=0.01, no=0.1)
    options.update(use_mask_refine=own_masks, min_area_ratio=least_area)
    return dict(type='mmyolo.YOLOv5RandomAffine', **options)


def mosaic(lowest, copy_paste, mixup):
    four = dict(type='MultiModalMosaic', img_scale=own_size, pad_val=114.0, pre_transform=own_load)
    copies = dict(type='mmyolo.YOLOv5CopyPaste', prob=copy_paste)
    steps = [*own_load, four, copies, affine(lowest, border=(-320, -320))]
    return [*steps, dict(type='YOLOv5MultiModalMixUp', prob=mixup, pre_transform=steps), *own_after]


def plain(lowest):
    fit = dict(type='mmyolo.LetterResize', scale=own_size, pad_val=dict(img=114.0))
    resize = dict(type='mmyolo.YOLOv5KeepRatioResize', scale=own_size)
    return [*own_load, resize, fit, affine(lowest), *own_after]


own_after = [
    dict(type='mmyolo.RemoveDataElement', keys=['gt_masks']),
    dict(type='mmyolo.YOLOv5HSVRandomAug'),
    dict(type='mmdet.RandomFlip', prob=0.5),
]
own_texts = [dict(type='RandomLoadText', num_neg_samples=(80, 80), max_num_samples=80)]
own_pack = [dict(type='mmdet.PackDetInputs', meta_keys=own_meta)]
own_pack_texts = [*own_texts, dict(type='mmdet.PackDetInputs', meta_keys=(*own_meta, 'texts'))]
own_mosaic = dict(s=mosaic(0.5, 0.3, 0.15), m=mosaic(0.1, 0.1, 0.1), l=mosaic(0.1, 0.3, 0.15))
own_plain = dict(s=plain(0.5), m=plain(0.1), l=plain(0.1))
own_resize = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.YOLOv5KeepRatioResize', scale=own_size),
    dict(type='mmyolo.LetterResize', scale=own_size, allow_scale_up=False, pad_val=dict(img=114)),
    dict(type='mmdet.LoadAnnotations', with_bbox=True),
]
own_test = [*own_resize, dict(type='mmdet.PackDetInputs', meta_keys=own_test_meta)]
own_test_texts = [
    *own_resize,
    dict(type='LoadText'),
    dict(type='mmdet.PackDetInputs', meta_keys=(*own_test_meta, 'texts')),
]

"""The steps that the published pipelines are made of, at 640 x 640, and the test pipelines."""

load_image = dict(type='LoadImageFromFile', backend_args=None)
load_boxes = [load_image, dict(type='LoadAnnotations', with_bbox=True)]
load_refined_boxes = [
    load_image,
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True, mask2bbox=True),
]
mosaic_640 = dict(img_scale=(640, 640), pad_val=114.0)
up_to_640 = [
    dict(type='YOLOv5KeepRatioResize', scale=(640, 640)),
    dict(type='LetterResize', scale=(640, 640), allow_scale_up=True, pad_val=dict(img=114.0)),
]
affine = dict(
    type='YOLOv5RandomAffine',
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    max_aspect_ratio=100,
    border_val=(114, 114, 114),
)
affine_wide = dict(affine, scaling_ratio_range=(1 - 0.9, 1 + 0.9))
affine_narrow = dict(affine, scaling_ratio_range=(1 - 0.5, 1 + 0.5))
by_masks = dict(min_area_ratio=0.01, use_mask_refine=True)
drop_masks = dict(type='RemoveDataElement', keys=['gt_masks'])
rare_blur_and_grey = dict(
    type='mmdet.Albu',
    transforms=[dict(type=name, p=0.01) for name in ('Blur', 'MedianBlur', 'ToGray', 'CLAHE')],
    bbox_params=dict(
        type='BboxParams',
        format='pascal_voc',
        label_fields=['gt_bboxes_labels', 'gt_ignore_flags'],
    ),
    keymap=dict(img='image', gt_bboxes='bboxes'),
)
colour_and_flip = [
    rare_blur_and_grey,
    dict(type='YOLOv5HSVRandomAug'),
    dict(type='mmdet.RandomFlip', prob=0.5),
]
padded_texts = dict(
    type='RandomLoadText', max_num_samples=80, padding_to_max=True, padding_value=''
)
coco_texts = dict(padded_texts, num_neg_samples=(80, 80))
lvis_texts = dict(padded_texts, num_neg_samples=(1203, 1203))
train_meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'flip', 'flip_direction')
test_meta = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param')
pack_boxes = dict(type='mmdet.PackDetInputs', meta_keys=train_meta)
pack_texts = dict(type='mmdet.PackDetInputs', meta_keys=(*train_meta, 'texts'))
pack_text_tests = dict(type='mmdet.PackDetInputs', meta_keys=(*test_meta, 'texts'))
into_640 = [
    dict(type='YOLOv5KeepRatioResize', scale=(640, 640)),
    dict(type='LetterResize', scale=(640, 640), allow_scale_up=False, pad_val=dict(img=114)),
    dict(type='LoadAnnotations', with_bbox=True, _scope_='mmdet'),
]
text_test_pipeline = [load_image, *into_640, dict(type='LoadText'), pack_text_tests]
box_test_pipeline = [load_image, *into_640, dict(pack_text_tests, meta_keys=test_meta)]

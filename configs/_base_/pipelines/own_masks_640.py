"""Masks at 640 x 640 as published: mosaic, copy-paste, mixup; drawn at a quarter of the size.

Published training also blurs or greys 1% of the pictures (needs albumentations); left out.
"""

_base_ = ['./own_640.py']
mask_load = [
    dict(type='LoadImageFromFile'),
    dict(type='mmyolo.LoadAnnotations', with_bbox=True, with_mask=True, mask2bbox=True),
]
mask_affine = dict(
    type='mmyolo.YOLOv5RandomAffine',
    max_rotate_degree=0.0,
    max_shear_degree=0.0,
    max_aspect_ratio=100.0,
    border_val=(114, 114, 114),
    min_area_ratio=0.01,
    use_mask_refine=True,
)
mask_last = [
    dict(type='mmyolo.YOLOv5HSVRandomAug'),
    dict(type='mmdet.RandomFlip', prob=0.5),
    dict(type='mmyolo.Polygon2Mask', downsample_ratio=4, mask_overlap=False),
    *_base_.own_texts,
    dict(type='mmyolo.PackDetInputs', meta_keys=(*_base_.own_meta, 'texts')),
]
mask_size = dict(img_scale=_base_.own_size, pad_val=114.0)


def mosaic_of_masks(lowest, copy_paste, mixup):
    affine = dict(mask_affine, scaling_ratio_range=(lowest, 2 - lowest), border=(-320, -320))
    four = dict(mask_size, type='MultiModalMosaic', pre_transform=mask_load)
    steps = [*mask_load, four, dict(type='mmyolo.YOLOv5CopyPaste', prob=copy_paste), affine]
    two = dict(type='YOLOv5MultiModalMixUp', prob=mixup, pre_transform=steps)
    return [*steps, two, *mask_last]


def plain_masks(lowest):
    fit = dict(type='mmyolo.LetterResize', scale=_base_.own_size, pad_val=dict(img=114.0))
    resize = dict(type='mmyolo.YOLOv5KeepRatioResize', scale=_base_.own_size)
    affine = dict(mask_affine, scaling_ratio_range=(lowest, 2 - lowest))
    return [*mask_load, resize, fit, affine, *mask_last]


mask_mosaic = dict(
    s=mosaic_of_masks(0.5, 0.3, 0.15),
    m=mosaic_of_masks(0.1, 0.1, 0.1),
    l=mosaic_of_masks(0.1, 0.3, 0.15),
)
mask_plain = dict(s=plain_masks(0.5), m=plain_masks(0.1), l=plain_masks(0.1))

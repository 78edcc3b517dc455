"""LVIS masks with texts at 640 x 640 for M: little copy-paste, mixup; masks at a quarter size."""

_base_ = './published_steps.py'
affine_by_masks = dict(_base_.affine_wide, **_base_.by_masks)
last_steps = [
    *_base_.colour_and_flip,
    dict(type='Polygon2Mask', downsample_ratio=4, mask_overlap=False),
    _base_.lvis_texts,
    dict(_base_.pack_texts, type='PackDetInputs'),
]
mosaic_steps = [
    *_base_.load_refined_boxes,
    dict(_base_.mosaic_640, type='MultiModalMosaic', pre_transform=_base_.load_refined_boxes),
    dict(type='YOLOv5CopyPaste', prob=0.1),
    dict(affine_by_masks, border=(-320, -320)),
]
mosaic_pipeline = [
    *mosaic_steps,
    dict(type='YOLOv5MultiModalMixUp', prob=0.1, pre_transform=mosaic_steps),
    *last_steps,
]
plain_pipeline = [*_base_.load_refined_boxes, *_base_.up_to_640, affine_by_masks, *last_steps]

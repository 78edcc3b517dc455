"""COCO without texts at 640 x 640 for L: boxes refined by masks, copy-paste, mixup."""

_base_ = './published_steps.py'
affine_by_masks = dict(_base_.affine_wide, **_base_.by_masks)
last_steps = [_base_.drop_masks, *_base_.colour_and_flip, _base_.pack_boxes]
mosaic_steps = [
    *_base_.load_refined_boxes,
    dict(_base_.mosaic_640, type='Mosaic', pre_transform=_base_.load_refined_boxes),
    dict(type='YOLOv5CopyPaste', prob=0.3),
    dict(affine_by_masks, border=(-320, -320)),
]
mosaic_pipeline = [
    *mosaic_steps,
    dict(type='YOLOv5MixUp', prob=0.15, pre_transform=mosaic_steps),
    *last_steps,
]
plain_pipeline = [*_base_.load_refined_boxes, *_base_.up_to_640, affine_by_masks, *last_steps]

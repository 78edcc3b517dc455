"""COCO without texts at 640 x 640: mosaic and mixup; boxes as annotated."""

_base_ = './published_steps.py'
last_steps = [*_base_.colour_and_flip, _base_.pack_boxes]
mosaic_steps = [
    *_base_.load_boxes,
    dict(_base_.mosaic_640, type='Mosaic', pre_transform=_base_.load_boxes),
    dict(_base_.affine_wide, border=(-320, -320)),
]
mosaic_pipeline = [
    *mosaic_steps,
    dict(type='YOLOv5MixUp', prob=0.15, pre_transform=mosaic_steps),
    *last_steps,
]
plain_pipeline = [*_base_.load_boxes, *_base_.up_to_640, _base_.affine_wide, *last_steps]

"""YOLO-World XL: L with width 1.5."""

_base_ = './yolo_world_l.py'
size_xl = dict(
    backbone=dict(image_model=dict(widen_factor=1.5)),
    neck=dict(widen_factor=1.5),
    bbox_head=dict(head_module=dict(widen_factor=1.5)),
)
yolo_world_v1 = size_xl
yolo_world_v2 = size_xl

"""YOLO-World X: L with width 1.25."""

_base_ = './yolo_world_l.py'
size_x = dict(
    backbone=dict(image_model=dict(widen_factor=1.25)),
    neck=dict(widen_factor=1.25),
    bbox_head=dict(head_module=dict(widen_factor=1.25)),
)
yolo_world_v1 = size_x
yolo_world_v2 = size_x

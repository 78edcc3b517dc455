"""YOLO-World M, both generations."""

_base_ = ['./yolo_world_l.py', './size_m.py']
yolo_world_v1 = _base_.size_m
yolo_world_v2 = _base_.size_m

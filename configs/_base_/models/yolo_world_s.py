"""YOLO-World S, both generations."""

_base_ = ['./yolo_world_l.py', './size_s.py']
yolo_world_v1 = _base_.size_s
yolo_world_v2 = _base_.size_s

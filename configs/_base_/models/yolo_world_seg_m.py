"""YOLO-World M with masks: all trained, or the mask branch only."""

_base_ = ['./yolo_world_seg_l.py', './size_m.py']
v1_all_modules = _base_.size_m
v1_mask_branch = _base_.size_m
v2_mask_branch = _base_.size_m

"""YOLO-World v2-S on your own boxes with a frozen backbone and a low rate for neck and head.

Moves the network little, so that it forgets little: neck and head learn at a tenth of the
published rate. docs/fine_tuning.md compares the ways.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_lowrate_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
model = dict(backbone=dict(frozen_stages=4))
slowly = {'neck': dict(lr_mult=0.1), 'bbox_head': dict(lr_mult=0.1)}
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=slowly))
custom_hooks = _base_.custom_hooks

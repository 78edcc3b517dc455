"""YOLO-World v2-S with the efficient neck (no text in the neck) on your own boxes.

Faster than RepVL-PAN, in training as in use; for a vocabulary that stays as it is.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_efficient_finetune_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
model = dict(neck=dict(block_cfg=dict(type='EfficientCSPLayerWithTwoConv')))
custom_hooks = _base_.custom_hooks

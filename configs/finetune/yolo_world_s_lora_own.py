"""LoRA on neck and head of YOLO-World v2-S: small trained additions to frozen weights.

The rate is the published one for whole weights: a high rate makes the additions as large as
the weights, and little is kept (docs/fine_tuning.md).

Needs peft (pip install "peft>=0.17"). Checkpoints hold merged weights under their usual names:
test and use them with this recipe or with yolo_world_s_finetune_own.py.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_lora_own/best.pth
"""

_base_ = ['./yolo_world_s_finetune_own.py']
lora = dict(parts=['neck', 'bbox_head.head_module'], rank=8, alpha=8)
model = dict(backbone=dict(frozen_stages=4))
optim_wrapper = dict(optimizer=dict(weight_decay=0.0))
custom_hooks = _base_.custom_hooks

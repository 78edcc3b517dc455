"""The demo's target by LoRA on neck and head, with taught pictures mixed in. Needs peft.

Train: python tools/train.py configs/demo/yolo_world_n_target_lora_replay.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_lora_replay.py BEST \\
           --retention configs/demo/yolo_world_n_shapes.py
(BEST: work_dirs/yolo_world_n_target_lora_replay/best.pth)
"""

_base_ = ['./yolo_world_n_target_replay.py']
lora = dict(parts=['neck', 'bbox_head.head_module'], rank=4, alpha=8)
optim_wrapper = dict(optimizer=dict(lr=2e-3, weight_decay=0.0))

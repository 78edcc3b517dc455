"""The demo's target with a frozen backbone and a tenth of the rate.

Train: python tools/train.py configs/demo/yolo_world_n_target_lowrate.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_lowrate.py BEST \\
           --retention configs/demo/yolo_world_n_shapes.py
(BEST: work_dirs/yolo_world_n_target_lowrate/best.pth)
"""

_base_ = ['./yolo_world_n_target_finetune.py']
model = dict(backbone=dict(frozen_stages=4))
optim_wrapper = dict(optimizer=dict(lr=1e-4))

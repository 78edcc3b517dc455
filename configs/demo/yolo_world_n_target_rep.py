"""The demo's target, re-parameterised: the three classes are part of the trained weights.

`load_from` is made from the demo's weights and the embeddings of the three texts, see
docs/fine_tuning.md. What it learns it can't be asked for anything else.

Train: python tools/train.py configs/demo/yolo_world_n_target_rep.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_rep.py BEST
(BEST: work_dirs/yolo_world_n_target_rep/best.pth)
"""

_base_ = ['./yolo_world_n_target_prompt.py']
load_from = 'work_dirs/demo/best_rep_conv.pth'
block = dict(type='RepConvMaxSigmoidCSPLayerWithTwoConv', guide_channels=_base_.num_classes)
module = dict(_base_.world.bbox_head.head_module, type='RepYOLOWorldHeadModule')
module.pop('use_bn_head')
fixed = dict(
    type='SimpleYOLOWorldDetector',
    reparameterized=True,
    backbone=dict(_base_.world.backbone, text_model=None, with_text_model=False),
    neck=dict(_base_.world.neck, guide_channels=_base_.num_classes, block_cfg=block),
    bbox_head=dict(
        type='mmyolo.YOLOv8Head', head_module=dict(module, num_guide=_base_.num_classes)
    ),
    train_cfg=dict(assigner=dict(_base_.world.train_cfg.assigner, num_classes=_base_.num_classes)),
    num_train_classes=_base_.num_classes,
    num_test_classes=_base_.num_classes,
)
model = dict(_base_.world, _delete_=True, data_preprocessor=_base_.model.data_preprocessor, **fixed)
max_epochs = 14
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], T_max=max_epochs, end=max_epochs),
]
optim_wrapper = dict(optimizer=dict(lr=1e-3), paramwise_cfg=None)

"""The demo's target by prompt tuning: three embeddings are learned, the network is frozen.

The prompts start at random; `model.embedding_path=prompts.npy` starts them at their texts.

Train: python tools/train.py configs/demo/yolo_world_n_target_prompt.py
Test:  python tools/test.py configs/demo/yolo_world_n_target_prompt.py BEST \\
           --retention configs/demo/yolo_world_n_shapes.py
(BEST: work_dirs/yolo_world_n_target_prompt/best.pth)
"""

_base_ = ['./yolo_world_n_target_finetune.py']
num_classes = 'from_annotations:num_classes'
world = _base_.yolo_world_v2_n
pack = dict(type='mmdet.PackDetInputs', meta_keys=_base_.meta_160[:-1])
test_pack = dict(pack, meta_keys=(*_base_.meta_160[:-1], 'scale_factor', 'pad_param'))
model = dict(
    type='SimpleYOLOWorldDetector',
    data_preprocessor=dict(type='mmyolo.YOLOv5DetDataPreprocessor'),
    backbone=dict(text_model=None, with_text_model=False, frozen_stages=4),
    neck=dict(freeze_all=True),
    bbox_head=dict(head_module=dict(freeze_all=True)),
    num_prompts=num_classes,
    num_train_classes=num_classes,
    num_test_classes=num_classes,
    prompt_dim=world.neck.guide_channels,
    embedding_path='',
)
train_dataloader = dict(dataset=dict(pipeline=[*_base_.flip_pipeline[:-2], pack]))
val_dataloader = dict(dataset=dict(pipeline=[*_base_.test_160_pipeline[:-2], test_pack]))
test_dataloader = dict(dataset=dict(pipeline=[*_base_.test_160_pipeline[:-2], test_pack]))
max_epochs = 28
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], T_max=max_epochs, end=max_epochs),
]
optim_wrapper = dict(
    optimizer=dict(lr=1e-1), paramwise_cfg=dict(custom_keys=dict(embeddings=dict(decay_mult=0.0)))
)

"""A tiny Florence-2 from random weights, trained to find 12 phrases about coloured shapes.

In development: it learns places, hardly names.

Data and start weights: python tools/demo_vlm.py --prepare
Train: python tools/train.py configs/demo/florence2_tiny_shapes.py
Test:  python tools/test.py configs/demo/florence2_tiny_shapes.py BEST
(BEST: work_dirs/florence2_tiny_shapes/best.pth)
"""

_base_ = [
    '../_base_/models/florence2_tiny.py',
    '../_base_/datasets/shapes_vlm.py',
    '../_base_/datasets/vlm_loaders.py',
    '../_base_/pipelines/vlm_flips.py',
    '../_base_/schedules/vlm_from_scratch.py',
    '../_base_/vlm_runtime.py',
]
max_epochs = 10
pack = dict(type='PackConversation', encoder=_base_.florence2_tiny_encoder)
build = dict(
    type='BuildConversation',
    encoder=_base_.florence2_tiny_encoder,
    prompts=_base_.florence2_tiny_prompts,
)
train_steps = [*_base_.vlm_flip_steps, build, pack]
model = _base_.florence2_tiny
train_dataloader = dict(
    _base_.vlm_shuffled_loader,
    batch_size=_base_.vlm_scratch_batch,
    num_workers=1,
    sampler=dict(_base_.vlm_scratch_order, tokens_per_object=6),
    dataset=dict(
        type='mmengine.ConcatDataset',
        datasets=[dict(part, pipeline=train_steps) for part in _base_.shapes_vlm_train_parts],
    ),
)
val_dataloader = dict(
    _base_.vlm_ordered_loader,
    batch_size=64,
    num_workers=1,
    dataset=dict(_base_.shapes_val, pipeline=[*_base_.vlm_plain_steps, pack]),
)
test_dataloader = dict(
    val_dataloader,
    dataset=dict(_base_.shapes_test, pipeline=[*_base_.vlm_plain_steps, pack]),
)
val_evaluator = _base_.shapes_vlm_val_metrics
test_evaluator = _base_.shapes_vlm_test_metrics
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=2)
optim_wrapper = dict(
    _base_.vlm_scratch_optim, optimizer=dict(_base_.vlm_scratch_optim.optimizer, lr=1e-3)
)
param_scheduler = [
    _base_.vlm_scratch_warmup,
    dict(_base_.vlm_scratch_decay, T_max=max_epochs, end=max_epochs),
]
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=1))
custom_hooks = [dict(type='BestCheckpointHook', metric='box/mean_iou')]
randomness = dict(seed=0)

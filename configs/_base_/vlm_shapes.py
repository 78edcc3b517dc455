"""Tiny vision-language models on the shapes, from random weights: everything but the model.

A recipe names its model, the rate of its parts, and ends the pipelines with its two steps.
"""

_base_ = [
    './datasets/shapes_vlm.py',
    './datasets/vlm_loaders.py',
    './pipelines/vlm_flips.py',
    './schedules/vlm_from_scratch.py',
    './vlm_runtime.py',
]
max_epochs = 6
train_dataloader = dict(
    _base_.vlm_shuffled_loader,
    batch_size=_base_.vlm_scratch_batch,
    num_workers=1,
    sampler=_base_.vlm_scratch_order,
    dataset=dict(type='mmengine.ConcatDataset', datasets=_base_.shapes_vlm_train_parts),
)
val_dataloader = dict(
    _base_.vlm_ordered_loader, batch_size=64, num_workers=1, dataset=_base_.shapes_val
)
test_dataloader = dict(val_dataloader, dataset=_base_.shapes_test)
val_evaluator = _base_.shapes_vlm_val_metrics
test_evaluator = _base_.shapes_vlm_test_metrics
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
optim_wrapper = _base_.vlm_scratch_optim
param_scheduler = [
    _base_.vlm_scratch_warmup,
    dict(_base_.vlm_scratch_decay, T_max=max_epochs, end=max_epochs),
]
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=1))
custom_hooks = [dict(type='BestCheckpointHook', metric='box/mean_iou')]
randomness = dict(seed=0)

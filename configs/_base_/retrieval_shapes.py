"""A small Q-Former on the shapes, from random weights: everything but what the variants change."""

_base_ = [
    './models/composed_retriever_shapes.py',
    './datasets/composed_shapes.py',
    './schedules/retrieval_one_cycle.py',
    './retrieval_runtime.py',
]
max_epochs = 16
rate = 2e-3
picture_steps = [
    dict(type='LoadPictures'),
    dict(type='PadResizeCrop', size=_base_.retriever_shapes_size),
]
query_steps = [*picture_steps, dict(type='CleanCaption'), dict(type='PackPictures')]
gallery_steps = [*picture_steps, dict(type='PackPictures')]
gallery = dict(_base_.composed_shapes_val_gallery, pipeline=gallery_steps)
ordered = dict(
    batch_size=60, num_workers=0, sampler=dict(type='mmengine.DefaultSampler', shuffle=False)
)
train_dataloader = dict(
    batch_size=50,
    num_workers=0,
    sampler=dict(type='SubsetOrderSampler'),
    dataset=dict(_base_.composed_shapes_train, pipeline=query_steps),
)
val_dataloader = dict(ordered, dataset=dict(_base_.composed_shapes_val, pipeline=query_steps))
test_dataloader = val_dataloader
val_cfg = dict(_base_.retrieval_val, gallery_dataloader=dict(ordered, dataset=gallery))
test_cfg = dict(_base_.retrieval_test, gallery_dataloader=dict(ordered, dataset=gallery))
val_evaluator = _base_.composed_shapes_metric
test_evaluator = _base_.composed_shapes_metric
train_cfg = dict(type='ResumableEpochLoop', max_epochs=max_epochs, val_interval=4)
optimizer = dict(_base_.retrieval_optim.optimizer, lr=rate)
optim_wrapper = dict(
    type='OptimWrapper', optimizer=optimizer, paramwise_cfg=_base_.retrieval_optim.paramwise_cfg
)
param_scheduler = [
    dict(_base_.retrieval_cycle, eta_max=rate, total_steps=max_epochs, pct_start=0.1)
]
best = dict(type='BestCheckpointHook', metric='cirr/mean7')
custom_hooks = [_base_.retrieval_token_cache, *_base_.retrieval_hooks, best]
randomness = dict(seed=0)

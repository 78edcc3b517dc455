"""Two epochs of the toy: four iterations each, momentum, one checkpoint an epoch."""

custom_imports = dict(imports=['toy_parts'], allow_failed_imports=False)
default_scope = 'mmengine'
model = dict(type='ToyModel')
loader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='ToyDataset'),
    collate_fn=dict(type='default_collate'),
)
train_dataloader = loader
val_dataloader = loader
test_dataloader = loader
val_evaluator = dict(type='ToyMetric')
test_evaluator = val_evaluator
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2, val_interval=1)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
param_scheduler = dict(type='LinearLR', start_factor=0.5, by_epoch=False, end=8)
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=2),
    checkpoint=dict(type='CheckpointHook', interval=1),
)
randomness = dict(seed=0)

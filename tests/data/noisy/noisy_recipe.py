"""Three epochs of eleven batches, accumulation 3, a checkpoint every third iteration."""

custom_imports = dict(imports=['toy_parts', 'noisy_parts'], allow_failed_imports=False)
default_scope = 'mmengine'
model = dict(type='NoisyModel')
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='NoisyDataset'),
    collate_fn=dict(type='default_collate'),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='NoisyDataset', size=8),
    collate_fn=dict(type='default_collate'),
)
val_evaluator = dict(type='ToyMetric')
train_cfg = dict(type='ResumableEpochLoop', max_epochs=3, val_interval=1)
val_cfg = dict()
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.02), accumulative_counts=3
)
param_scheduler = dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=20)
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=1),
    checkpoint=dict(type='CheckpointHook', interval=3, by_epoch=False),
)
randomness = dict(seed=0)
custom_hooks = [dict(type='NoisyKill', iteration=0)]

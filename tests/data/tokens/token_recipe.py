"""Two epochs in order; 36 sequences: nine batches of four, or of two on two processes."""

custom_imports = dict(imports=['vlm_detector', 'token_parts'], allow_failed_imports=False)
default_scope = 'mmengine'
model = dict(type='TokenModel')
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='TokenDataset'),
    collate_fn=dict(type='token_collate'),
)
train_cfg = dict(type='ResumableEpochLoop', max_epochs=2)
optim_wrapper = dict(
    type='TokenNormalizedOptimWrapper',
    optimizer=dict(type='AdamW', lr=0.05),
    clip_grad=dict(max_norm=1.0),
)
model_wrapper_cfg = dict(type='TrainedPartDataParallel', find_unused_parameters=True)
default_hooks = dict(logger=dict(type='LoggerHook', interval=1))
randomness = dict(seed=0)

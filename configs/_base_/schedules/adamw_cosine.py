"""AdamW, short warm-up, cosine: small data, any number of epochs (set `max_epochs` beside it)."""

adamw_cosine_rate = 2e-3
adamw_cosine_optim = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=adamw_cosine_rate, weight_decay=0.05),
    clip_grad=dict(max_norm=10.0),
)
adamw_cosine_warmup = dict(
    type='mmengine.LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=60
)
adamw_cosine_decay = dict(
    type='mmengine.CosineAnnealingLR',
    by_epoch=True,
    convert_to_iter_based=True,
    begin=0,
    eta_min_ratio=0.01,
)
best_checkpoint = dict(type='BestCheckpointHook', metric='coco/bbox_mAP')

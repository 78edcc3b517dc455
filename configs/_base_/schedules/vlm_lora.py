"""AdamW for LoRA: 1e-4, a tenth of it for the vision tower; warm-up, then cosine to 5 %.

Every labelled token weighs the same, whatever micro-batch or process it is in.
"""

vlm_epochs = 3
vlm_optim = dict(
    type='TokenNormalizedOptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.0),
    clip_grad=dict(max_norm=1.0),
    accumulative_counts=4,
    constructor='PartRateConstructor',
    paramwise_cfg=dict(rates=dict(vision=0.1)),
)
# About 3 % of three epochs over some thousand images, in micro-batches.
vlm_warmup = dict(type='mmengine.LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100)
vlm_decay = dict(
    type='mmengine.CosineAnnealingLR',
    by_epoch=True,
    convert_to_iter_based=True,
    begin=0,
    T_max=vlm_epochs,
    end=vlm_epochs,
    eta_min_ratio=0.05,
)
vlm_best_checkpoint = dict(type='BestCheckpointHook', metric='coco/bbox_mAP')

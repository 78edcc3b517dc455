"""AdamW for tiny models that start from random weights: warm-up, cosine (set `max_epochs`).

Pictures with equally many objects share a batch, so that little of it is padding. The picture
tokens are trained beside the answers: without that hardly anything is learnt within minutes.
"""

vlm_scratch_auxiliary = dict(type='TokenGroundingLoss')
vlm_scratch_optim = dict(
    type='OptimWrapper',
    constructor='PartRateConstructor',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
vlm_scratch_warmup = dict(
    type='mmengine.LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=50
)
vlm_scratch_decay = dict(
    type='mmengine.CosineAnnealingLR',
    by_epoch=True,
    convert_to_iter_based=True,
    begin=0,
    eta_min_ratio=0.05,
)
vlm_scratch_batch = 16
vlm_scratch_order = dict(
    type='LengthGroupedSampler',
    batch_size=vlm_scratch_batch,
    batches_per_group=16,
    pixels_per_token=16 * 16,
)

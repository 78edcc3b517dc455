"""100 steps of warm-up, then linearly to 0 over three epochs; two micro-batches are a step."""

vlm_linear_warmup = dict(
    type='mmengine.LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200
)
vlm_linear_decay = dict(
    type='mmengine.PolyLR',
    power=1.0,
    eta_min=0.0,
    by_epoch=True,
    convert_to_iter_based=True,
    begin=0,
    end=3,
)

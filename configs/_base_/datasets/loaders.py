"""How samples reach the model; a recipe adds the data set."""

shuffled_loader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    collate_fn=dict(type='yolow_collate'),
)
ordered_loader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
)

"""How pairs, queries and galleries reach a retrieval model; a recipe adds the data set."""

retrieval_pairs_loader = dict(
    batch_size=128,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
)
retrieval_ordered_loader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
)

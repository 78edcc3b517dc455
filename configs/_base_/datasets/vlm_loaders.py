"""How conversations reach the model; a recipe adds the data set.

The workers resize, normalise and tokenise.
"""

vlm_shuffled_loader = dict(
    batch_size=4,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=True),
    collate_fn=dict(type='vlm_train_collate'),
)
vlm_ordered_loader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='mmengine.DefaultSampler', shuffle=False),
    collate_fn=dict(type='mmengine.pseudo_collate'),
)

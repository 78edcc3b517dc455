"""AdamW and one cycle of the rate over all epochs, as published for composed retrieval.

Decay of norms, biases and temperature is left out. Set lr, eta_max and total_steps together.
"""

retrieval_epochs = 50
retrieval_rate = 1e-5
retrieval_optim = dict(
    type='AmpOptimWrapper',
    loss_scale='dynamic',
    optimizer=dict(type='AdamW', lr=retrieval_rate, betas=(0.9, 0.98), eps=1e-7, weight_decay=0.05),
    paramwise_cfg=dict(
        bias_decay_mult=0.0, norm_decay_mult=0.0, custom_keys={'temp': dict(decay_mult=0.0)}
    ),
)
retrieval_cycle = dict(
    type='mmengine.OneCycleLR',
    eta_max=retrieval_rate,
    total_steps=retrieval_epochs,
    pct_start=1 / 50,
    by_epoch=True,
    convert_to_iter_based=True,
)

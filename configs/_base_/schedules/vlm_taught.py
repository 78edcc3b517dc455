"""LoRA on a tiny model that was taught before; 10 epochs of a few pictures."""

vlm_taught_epochs = 10
vlm_taught_lora = dict(parts=['language', 'projector', 'vision'], rank=8, alpha=16)
vlm_taught_optim = dict(
    optimizer=dict(lr=5e-3, weight_decay=0.0), paramwise_cfg=dict(_delete_=True)
)
vlm_taught_scheduler = [
    dict(type='mmengine.LinearLR', start_factor=0.02, by_epoch=False, begin=0, end=50),
    dict(
        type='mmengine.CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        begin=0,
        end=vlm_taught_epochs,
        T_max=vlm_taught_epochs,
        eta_min_ratio=0.05,
    ),
]

"""AdamW for LoRA: 1e-4, a tenth of it for the vision tower, 3 % warm-up, cosine (3 epochs)."""

vlm_epochs = 3
vlm_optim = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.0),
    clip_grad=dict(max_norm=1.0),
    accumulative_counts=4,
    paramwise_cfg=dict(
        custom_keys={
            'visual.blocks': dict(lr_mult=0.1),
            'vision_tower': dict(lr_mult=0.1),
        }
    ),
)
vlm_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=True,
        convert_to_iter_based=True,
        begin=0,
        end=0.03 * vlm_epochs,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        begin=0,
        T_max=vlm_epochs,
        end=vlm_epochs,
        eta_min_ratio=0.05,
    ),
]
vlm_best_checkpoint = dict(type='BestCheckpointHook', metric='coco/bbox_mAP')

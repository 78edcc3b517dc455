"""Published pre-training: AdamW, 100 epochs, the last two without mosaic, on 4 x 8 GPUs."""

pretrain_rate = 2e-3
text_encoder_keys = {
    'backbone.text_model': dict(lr_mult=0.01),  # has an effect once the encoder is not frozen
    'logit_scale': dict(weight_decay=0.0),
}
adamw_16 = dict(type='AdamW', lr=pretrain_rate, weight_decay=0.025, batch_size_per_gpu=16)
pretrain_optim = dict(
    type='OptimWrapper',
    clip_grad=dict(max_norm=10.0),
    optimizer=adamw_16,
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0, custom_keys=text_encoder_keys),
    constructor='YOLOWv5OptimizerConstructor',
)
published_loop = dict(
    type='EpochBasedTrainLoop', max_epochs=100, val_interval=10, dynamic_intervals=[(98, 1)]
)
published_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(
        type='YOLOv5ParamSchedulerHook', scheduler_type='linear', lr_factor=0.01, max_epochs=100
    ),
    checkpoint=dict(
        type='CheckpointHook', interval=2, max_keep_ckpts=2, save_best='auto', rule='greater'
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='mmdet.DetVisualizationHook'),
)
ema_hook = dict(
    type='EMAHook',
    ema_type='ExpMomentumEMA',
    momentum=0.0001,
    update_buffers=True,
    strict_load=False,
    priority=49,
)
close_mosaic = dict(type='mmdet.PipelineSwitchHook', switch_epoch=98)

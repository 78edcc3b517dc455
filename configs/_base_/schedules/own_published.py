"""Fine-tuning schedules as published: 80 epochs of AdamW, or 40 of SGD; 16 images a batch.

Rates fall linearly and weights are averaged. The warm-up is 3 epochs, at least 100 iterations
(published: 1000, which is longer than a whole training on a few hundred pictures).
"""

own_epochs = 80
own_epochs_sgd = 40


def adamw(rate, **rules):
    optimizer = dict(type='AdamW', lr=rate, weight_decay=0.05, batch_size_per_gpu=16)
    return wrapped(optimizer, 'YOLOWv5OptimizerConstructor', rules)


def wrapped(optimizer, constructor, rules):
    wrapper = dict(type='OptimWrapper', clip_grad=dict(max_norm=10.0), optimizer=optimizer)
    wrapper.update(constructor=constructor)
    return dict(wrapper, paramwise_cfg=rules) if rules else wrapper


def hooks(epochs):
    """Default hooks that differ from `default_runtime`."""
    falling = dict(type='mmyolo.YOLOv5ParamSchedulerHook', scheduler_type='linear')
    falling.update(lr_factor=0.01, max_epochs=epochs, warmup_mim_iter=100)
    return dict(param_scheduler=falling)


def loop(epochs):
    """Validate every 5 epochs, and every epoch once mosaic is closed."""
    every = dict(type='EpochBasedTrainLoop', max_epochs=epochs, val_interval=5)
    return dict(every, dynamic_intervals=[(epochs - 10, 1)])


own_keys = {'backbone.text_model': dict(lr_mult=0.01), 'logit_scale': dict(weight_decay=0.0)}
own_prompt_keys = dict(own_keys, embeddings=dict(weight_decay=0.0))
own_optim = adamw(2e-4, custom_keys=own_keys)
own_optim_rep = adamw(2e-4)
own_optim_prompt = adamw(
    2e-3, custom_keys=own_prompt_keys, bias_decay_mult=0.0, norm_decay_mult=0.0
)
own_optim_masks = adamw(2e-4, custom_keys=own_keys, bias_decay_mult=0.0, norm_decay_mult=0.0)
own_optim_masks['optimizer'].update(batch_size_per_gpu=8)
own_sgd = dict(type='SGD', lr=1e-3, momentum=0.937, nesterov=True, weight_decay=5e-4)
own_optim_sgd = wrapped(
    dict(own_sgd, batch_size_per_gpu=16), 'mmyolo.YOLOv5OptimizerConstructor', {}
)
own_hooks, own_hooks_sgd = hooks(own_epochs), hooks(own_epochs_sgd)
own_loop, own_loop_sgd = loop(own_epochs), loop(own_epochs_sgd)
own_average = dict(type='EMAHook', ema_type='mmyolo.ExpMomentumEMA', momentum=1e-4, priority=49)
own_average.update(update_buffers=True, strict_load=False)
own_best = dict(type='BestCheckpointHook', metric='coco/bbox_mAP')
own_switch = dict(type='mmdet.PipelineSwitchHook', switch_epoch=own_epochs - 10)
own_switch_sgd = dict(type='mmdet.PipelineSwitchHook', switch_epoch=own_epochs_sgd - 10)

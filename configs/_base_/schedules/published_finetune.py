"""Published fine-tuning: AdamW, 80 epochs, the last ten without mosaic, on 8 GPUs."""

_base_ = './published_pretrain.py'
adamw_finetune = dict(type='AdamW', lr=2e-4, weight_decay=0.05, batch_size_per_gpu=16)
finetune_optim = dict(
    _base_.pretrain_optim,
    optimizer=adamw_finetune,
    paramwise_cfg=dict(custom_keys=_base_.text_encoder_keys),
)
decay_weights_only = dict(bias_decay_mult=0.0, norm_decay_mult=0.0)
prompt_keys = dict(_base_.text_encoder_keys, embeddings=dict(weight_decay=0.0))
published_loop = dict(max_epochs=80, val_interval=5, dynamic_intervals=[(70, 1)])
published_hooks = dict(
    param_scheduler=dict(max_epochs=80),
    checkpoint=dict(
        _delete_=True, type='CheckpointHook', interval=5, max_keep_ckpts=-1, save_best=None
    ),
)
close_mosaic = dict(switch_epoch=70)

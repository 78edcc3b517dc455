"""Published fine-tuning of masks on LVIS: AdamW, 80 epochs, 8 pictures on each of 8 GPUs."""

_base_ = './published_finetune.py'
frozen_keys = {
    name: dict(lr_mult=0.0)
    for name in (
        'neck',
        'head.head_module.reg_preds',
        'head.head_module.cls_preds',
        'head.head_module.cls_contrasts',
    )
}
all_modules_optim = dict(
    _base_.finetune_optim,
    optimizer=dict(_base_.adamw_finetune, batch_size_per_gpu=8),
    paramwise_cfg=dict(custom_keys=_base_.text_encoder_keys, **_base_.decay_weights_only),
)
mask_branch_optim = dict(
    all_modules_optim,
    paramwise_cfg=dict(
        custom_keys=dict(_base_.text_encoder_keys, **frozen_keys), **_base_.decay_weights_only
    ),
)

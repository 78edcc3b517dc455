"""Published fine-tuning with SGD; 80 epochs unless the recipe shortens it."""

_base_ = './published_finetune.py'
sgd_finetune = dict(
    type='SGD',
    lr=1e-3,
    momentum=0.937,
    nesterov=True,
    weight_decay=0.0005,
    batch_size_per_gpu=16,
)
sgd_optim = dict(_base_.finetune_optim, optimizer=sgd_finetune)

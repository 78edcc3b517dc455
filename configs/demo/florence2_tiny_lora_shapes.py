"""LoRA for 4 more phrases on the frozen tiny Florence-2 of `florence2_tiny_shapes.py`.

Its training pictures hold all 16 phrases. `make demo-vlm` makes them and the taught model.

Train: python tools/train.py configs/demo/florence2_tiny_lora_shapes.py
Test:  python tools/test.py configs/demo/florence2_tiny_lora_shapes.py BEST
(BEST: work_dirs/florence2_tiny_lora_shapes/best.pth)
"""

_base_ = ['./florence2_tiny_shapes.py']
taught_root = 'work_dirs/demo_vlm/florence2_tiny_taught'
max_epochs = 10
encoder = dict(_base_.florence2_tiny_encoder, source=taught_root)
pack_step = dict(type='PackConversation', encoder=encoder)
build_step = dict(_base_.build_step, encoder=encoder)
train_steps = [*_base_.vlm_flip_steps, build_step, pack_step]
test_steps = [*_base_.vlm_plain_steps, pack_step]
model = dict(
    model=dict(source=taught_root),
    auxiliary=None,
    lora=dict(parts=['language', 'projector', 'vision'], rank=8, alpha=16),
)
train_dataloader = dict(
    dataset=dict(_delete_=True, **_base_.shapes_new_phrases_train, pipeline=train_steps)
)
val_dataloader = dict(dataset=dict(pipeline=test_steps))
test_dataloader = dict(dataset=dict(pipeline=test_steps))
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=5e-3, weight_decay=0.0), paramwise_cfg=dict(_delete_=True))
param_scheduler = [
    _base_.vlm_scratch_warmup,
    dict(_base_.vlm_scratch_decay, T_max=max_epochs, end=max_epochs),
]
default_hooks = dict(checkpoint=dict(interval=max_epochs))
custom_hooks = [*_base_.custom_hooks, dict(type='AdapterExportHook')]

"""LoRA for 4 more phrases on the frozen tiny Florence-2 of `florence2_tiny_shapes.py`.

Its training pictures hold all 16 phrases. `make demo-vlm` makes them and the taught model.

Train: python tools/train.py configs/demo/florence2_tiny_lora_shapes.py
Test:  python tools/test.py configs/demo/florence2_tiny_lora_shapes.py BEST
(BEST: work_dirs/florence2_tiny_lora_shapes/best.pth)
"""

_base_ = ['./florence2_tiny_shapes.py', '../_base_/schedules/vlm_taught.py']
taught_root = 'work_dirs/demo_vlm/florence2_tiny_taught'
encoder = dict(_base_.florence2_tiny_encoder, source=taught_root)
pack_step = dict(type='PackConversation', encoder=encoder)
train_steps = [*_base_.vlm_flip_steps, dict(_base_.build_step, encoder=encoder), pack_step]
test_steps = [*_base_.vlm_plain_steps, pack_step]
model = dict(model=dict(source=taught_root), auxiliary=None, lora=_base_.vlm_taught_lora)
train_dataloader = dict(
    dataset=dict(_delete_=True, **_base_.shapes_new_phrases_train, pipeline=train_steps)
)
val_dataloader = dict(dataset=dict(pipeline=test_steps))
test_dataloader = dict(dataset=dict(pipeline=test_steps))
train_cfg = dict(max_epochs=_base_.vlm_taught_epochs, val_interval=_base_.vlm_taught_epochs)
optim_wrapper = _base_.vlm_taught_optim
param_scheduler = _base_.vlm_taught_scheduler
default_hooks = dict(checkpoint=dict(interval=_base_.vlm_taught_epochs))
custom_hooks = [*_base_.custom_hooks, dict(type='AdapterExportHook')]

"""Textile defects with Florence-2-base: OD, then dense region captions, then phrase grounding.

The published settings and order. `lora.targets` are last names of layers: fc1 and fc2 are in both
language model and vision tower. About 10 GB of GPU memory (an estimate, not measured).

Train: python tools/train.py configs/finetune/florence2_base_lora_textile.py
Test:  python tools/test.py configs/finetune/florence2_base_lora_textile.py \
           work_dirs/florence2_base_lora_textile/best.pth
"""

_base_ = [
    '../_base_/models/florence2_base.py',
    '../_base_/vlm_task_data.py',
    '../_base_/datasets/vlm_textile.py',
]
data_root = _base_.textile_root
model_root = _base_.florence2_base_root
tasks = ['detection', 'dense_region_caption', 'phrase_grounding']
prompts = dict(tasks=dict(detection='florence_objects@1'))
build_step = dict(type='BuildConversation', encoder=_base_.florence2_base_encoder, prompts=prompts)
pack_step = dict(type='PackConversation', encoder=_base_.florence2_base_encoder)
train_steps = [*_base_.vlm_flip_steps, _base_.vlm_choose_task, build_step, pack_step]
test_steps = [*_base_.vlm_test_steps, _base_.vlm_choose_task, pack_step]
files = dict(data_root=data_root)
published_targets = ['q_proj', 'k_proj', 'v_proj', 'lm_head', 'fc2', 'fc1']
model = dict(
    _base_.florence2_base,
    prompts=prompts,
    lora=dict(targets=published_targets, rank=8, alpha=16, dropout=0.05),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='TaskOrderSampler', order=tasks, mode='sequential'),
    dataset=dict(dataset=dict(dataset=files), tasks=tasks, pipeline=train_steps),
)
val_dataloader = dict(dataset=dict(dataset=dict(dataset=files), tasks=tasks, pipeline=test_steps))
test_dataloader = val_dataloader
val_evaluator = _base_.textile_metrics
test_evaluator = val_evaluator
max_epochs = 10
train_cfg = dict(max_epochs=max_epochs)
optim_wrapper = dict(optimizer=dict(lr=1e-6), paramwise_cfg=dict(rates=dict(vision=1.0)))
decay = dict(_base_.vlm_decay, T_max=max_epochs, end=max_epochs)
param_scheduler = [_base_.vlm_warmup, decay]

"""A tiny Florence-2 from random weights, trained to find 12 phrases about coloured shapes.

Data and start weights: python tools/demo_vlm.py --prepare
Train: python tools/train.py configs/demo/florence2_tiny_shapes.py
Test:  python tools/test.py configs/demo/florence2_tiny_shapes.py BEST
(BEST: work_dirs/florence2_tiny_shapes/best.pth)
"""

_base_ = ['../_base_/models/florence2_tiny.py', '../_base_/vlm_shapes.py']
pack_step = dict(type='PackConversation', encoder=_base_.florence2_tiny_encoder)
build_step = dict(
    type='BuildConversation',
    encoder=_base_.florence2_tiny_encoder,
    codec=_base_.florence2_tiny_codec,
    prompts=_base_.florence2_tiny_prompts,
)
train_steps = [*_base_.vlm_flip_steps, build_step, pack_step]
test_steps = [*_base_.vlm_plain_steps, pack_step]
model = dict(_base_.florence2_tiny, auxiliary=_base_.vlm_scratch_auxiliary)
train_dataloader = dict(
    sampler=dict(tokens_per_object=6, max_pixels=64 * 64),
    dataset=dict(
        datasets=[dict(part, pipeline=train_steps) for part in _base_.shapes_vlm_train_parts]
    ),
)
val_dataloader = dict(dataset=dict(pipeline=test_steps))
test_dataloader = dict(dataset=dict(pipeline=test_steps))
optim_wrapper = dict(optimizer=dict(lr=7e-4), paramwise_cfg=dict(rates=dict(vision=3.0)))

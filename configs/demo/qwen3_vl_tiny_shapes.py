"""A tiny Qwen3-VL from random weights, trained to find 12 phrases about coloured shapes.

Data and start weights: python tools/demo_vlm.py --prepare
Train: python tools/train.py configs/demo/qwen3_vl_tiny_shapes.py
Test:  python tools/test.py configs/demo/qwen3_vl_tiny_shapes.py BEST
(BEST: work_dirs/qwen3_vl_tiny_shapes/best.pth)
"""

_base_ = ['../_base_/models/qwen3_vl_tiny.py', '../_base_/vlm_shapes.py']
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_tiny_encoder)
build_step = dict(
    type='BuildConversation',
    encoder=_base_.qwen3_vl_tiny_encoder,
    codec=_base_.qwen3_vl_tiny_codec,
    prompts=_base_.qwen3_vl_tiny_prompts,
)
train_steps = [*_base_.vlm_flip_steps, build_step, pack_step]
test_steps = [*_base_.vlm_plain_steps, pack_step]
model = dict(_base_.qwen3_vl_tiny, auxiliary=_base_.vlm_scratch_auxiliary, coordinate_weight=3.0)
train_dataloader = dict(
    sampler=dict(tokens_per_object=29, max_pixels=96 * 96),
    dataset=dict(
        datasets=[dict(part, pipeline=train_steps) for part in _base_.shapes_vlm_train_parts]
    ),
)
val_dataloader = dict(dataset=dict(pipeline=test_steps))
test_dataloader = dict(dataset=dict(pipeline=test_steps))
optim_wrapper = dict(paramwise_cfg=dict(rates=dict(vision=2.0, projector=2.0)))

"""Logos of LogoDet-3K with Qwen3-VL-2B: company and industry, box, industry; published settings.

Three samples a picture. Prompts are v1: `model.prompts.version=v2` asks a trained model otherwise,
docs/logos.md trains with another one. About 30 GB of GPU memory (an estimate, not measured).

Train: python tools/train.py configs/finetune/qwen3_vl_2b_lora_logodet3k.py
Test:  python tools/test.py configs/finetune/qwen3_vl_2b_lora_logodet3k.py \
           work_dirs/qwen3_vl_2b_lora_logodet3k/best.pth
"""

_base_ = [
    '../_base_/models/qwen3_vl_2b.py',
    '../_base_/vlm_task_data.py',
    '../_base_/datasets/vlm_logos.py',
]
data_root = _base_.logos_root
model_root = _base_.qwen3_vl_2b_root
tasks = ['classification', 'detection', 'industry']
prompts = dict(version='v1', tasks=dict(detection='logos'))
build_step = dict(type='BuildConversation', encoder=_base_.qwen3_vl_2b_encoder, prompts=prompts)
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_2b_encoder)
# No flips: lettering reads one way.
steps = [*_base_.vlm_test_steps, _base_.vlm_choose_task]
files = dict(data_root=data_root)
model = dict(
    _base_.qwen3_vl_2b,
    prompts=prompts,
    lora=dict(regex=_base_.vlm_attention, rank=64, alpha=128, dropout=0.05),
)
samples = dict(dataset=dict(dataset=files), tasks=tasks)
train_dataloader = dict(
    batch_size=8,
    sampler=dict(_base_.qwen3_vl_2b_sampler, _delete_=True, batch_size=8),
    dataset=dict(samples, pipeline=[*steps, build_step, pack_step]),
)
val_dataloader = dict(dataset=dict(samples, pipeline=[*steps, pack_step]))
test_files = dict(files, ann_file='annotations/instances_test.json')
test_samples = dict(samples, dataset=dict(dataset=test_files))
test_dataloader = dict(dataset=dict(test_samples, pipeline=[*steps, pack_step]))
val_evaluator = _base_.logos_val_metrics
test_evaluator = _base_.logos_test_metrics
optim_wrapper = dict(optimizer=dict(lr=1e-5))
visualizer = dict(vis_backends=[*_base_.vis_backends, dict(type='TensorboardVisBackend')])
best = dict(type='BestCheckpointHook', metric='text/classification/industry_and_company')
custom_hooks = [best, *_base_.vlm_hooks]

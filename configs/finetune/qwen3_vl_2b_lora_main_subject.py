"""The main subject of a picture with Qwen3-VL-2B: one box, or none; published settings.

`data_root` is what tools/prepare_data/saliency.py writes. About 20 GB of GPU memory (an estimate,
not measured).

Train: python tools/train.py configs/finetune/qwen3_vl_2b_lora_main_subject.py
Test:  python tools/test.py configs/finetune/qwen3_vl_2b_lora_main_subject.py \
           work_dirs/qwen3_vl_2b_lora_main_subject/best.pth
"""

_base_ = [
    '../_base_/models/qwen3_vl_2b.py',
    '../_base_/vlm_task_data.py',
    '../_base_/schedules/vlm_linear.py',
]
data_root = 'data/main_subject/'
model_root = _base_.qwen3_vl_2b_root
tasks = ['main_subject']
build_step = dict(type='BuildConversation', encoder=_base_.qwen3_vl_2b_encoder)
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_2b_encoder)
train_steps = [*_base_.vlm_train_steps, _base_.vlm_choose_task, build_step, pack_step]
test_steps = [*_base_.vlm_test_steps, _base_.vlm_choose_task, pack_step]
files = dict(data_root=data_root)
test_files = dict(files, ann_file='annotations/instances_test.json')
model = dict(
    _base_.qwen3_vl_2b,
    lora=dict(regex=_base_.vlm_attention, rank=16, alpha=32, dropout=0.05),
)
train_dataloader = dict(
    sampler=dict(_base_.qwen3_vl_2b_sampler, _delete_=True),
    dataset=dict(dataset=dict(dataset=files), tasks=tasks, pipeline=train_steps),
)
val_dataloader = dict(dataset=dict(dataset=dict(dataset=files), tasks=tasks, pipeline=test_steps))
test_dataloader = dict(
    dataset=dict(dataset=dict(dataset=test_files), tasks=tasks, pipeline=test_steps)
)
# The objects come with the samples: of several masks the largest is the subject.
val_evaluator = [dict(type='CocoDetectionMetric'), dict(type='AnswerStatisticsMetric')]
test_evaluator = val_evaluator
optim_wrapper = dict(optimizer=dict(lr=2e-4, weight_decay=0.01), accumulative_counts=2)
param_scheduler = [_base_.vlm_linear_warmup, _base_.vlm_linear_decay]
custom_hooks = [dict(type='BestCheckpointHook', metric='answer/mean_iou'), *_base_.vlm_hooks]

"""LoRA of a vision-language model on a COCO-format folder: everything but the model.

A recipe names its model and ends the pipelines with the two steps that need it, as
`qwen3_vl_2b_lora_own.py` does.
"""

_base_ = [
    './models/vlm_lora.py',
    './datasets/coco_format.py',
    './datasets/vlm_loaders.py',
    './pipelines/vlm_conversation.py',
    './schedules/vlm_lora.py',
    './vlm_runtime.py',
]
data_root = 'data/mine/'
val_annotations = data_root + 'annotations/instances_val.json'
train_dataloader = dict(
    _base_.vlm_shuffled_loader,
    dataset=dict(
        _base_.coco_format_train,
        dataset=dict(_base_.coco_format_train.dataset, data_root=data_root),
    ),
)
val_dataloader = dict(
    _base_.vlm_ordered_loader,
    dataset=dict(
        _base_.coco_format_val,
        dataset=dict(_base_.coco_format_val.dataset, data_root=data_root),
    ),
)
test_dataloader = val_dataloader
vlm_own_metrics = [
    dict(type='CocoDetectionMetric', ann_file=val_annotations),
    dict(type='AnswerStatisticsMetric', ann_file=val_annotations),
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=_base_.vlm_epochs, val_interval=1)
optim_wrapper = _base_.vlm_optim
param_scheduler = [_base_.vlm_warmup, _base_.vlm_decay]
custom_hooks = [_base_.vlm_best_checkpoint, *_base_.vlm_hooks]

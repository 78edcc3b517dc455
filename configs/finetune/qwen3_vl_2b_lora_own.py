"""Qwen3-VL-2B with LoRA on your own boxes.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format, as
tools/prepare_data/{voc,yolo}_to_coco.py write them. `model_root` is a hub name or a folder. Needs
about 20 GB of GPU memory (an estimate, not measured).

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/ model_root=FOLDER
Test:  python tools/test.py <this file> work_dirs/qwen3_vl_2b_lora_own/best.pth
"""

_base_ = [
    '../_base_/models/qwen3_vl_2b.py',
    '../_base_/models/vlm_lora.py',
    '../_base_/datasets/coco_format.py',
    '../_base_/datasets/vlm_loaders.py',
    '../_base_/pipelines/vlm_conversation.py',
    '../_base_/schedules/vlm_lora.py',
    '../_base_/vlm_runtime.py',
]
data_root = 'data/mine/'
val_annotations = data_root + 'annotations/instances_val.json'
model_root = _base_.qwen3_vl_2b_root
build_step = dict(type='BuildConversation', encoder=_base_.qwen3_vl_2b_encoder)
pack_step = dict(type='PackConversation', encoder=_base_.qwen3_vl_2b_encoder)
model = dict(_base_.qwen3_vl_2b, lora=_base_.vlm_lora)
train_dataloader = dict(
    _base_.vlm_shuffled_loader,
    sampler=_base_.qwen3_vl_2b_sampler,
    dataset=dict(
        _base_.coco_format_train,
        dataset=dict(_base_.coco_format_train.dataset, data_root=data_root),
        pipeline=[*_base_.vlm_train_steps, build_step, pack_step],
    ),
)
val_dataloader = dict(
    _base_.vlm_ordered_loader,
    dataset=dict(
        _base_.coco_format_val,
        dataset=dict(_base_.coco_format_val.dataset, data_root=data_root),
        pipeline=[*_base_.vlm_test_steps, pack_step],
    ),
)
test_dataloader = val_dataloader
val_evaluator = [
    dict(type='CocoDetectionMetric', ann_file=val_annotations),
    dict(type='AnswerStatisticsMetric', ann_file=val_annotations),
    dict(type='CodecUpperBoundMetric', ann_file=val_annotations, codec='qwen3'),
]
test_evaluator = val_evaluator
train_cfg = dict(type='ResumableEpochLoop', max_epochs=_base_.vlm_epochs, val_interval=1)
optim_wrapper = _base_.vlm_optim
param_scheduler = [_base_.vlm_warmup, _base_.vlm_decay]
custom_hooks = [_base_.vlm_best_checkpoint, *_base_.vlm_hooks]

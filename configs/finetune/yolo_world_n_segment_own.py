"""YOLO-World nano with masks on your own outlines: everything is trained, on a CPU too.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format with
`segmentation`; classes and texts follow from them. From scratch, or from any nano checkpoint.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_n_segment_own/best.pth
From other weights: --cfg-options load_from=work_dirs/demo/best.pth
"""

_base_ = [
    '../_base_/models/yolo_world_v2_n_masks.py',
    '../_base_/datasets/coco_format.py',
    '../_base_/datasets/loaders.py',
    '../_base_/pipelines/finetune_320_masks.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/mine/'
max_epochs = 100
model = _base_.nano_masks
train_data = dict(_base_.coco_format_train.dataset, data_root=data_root)
val_data = dict(_base_.coco_format_val.dataset, data_root=data_root)
train_dataloader = dict(
    _base_.shuffled_loader,
    batch_size=8,
    dataset=dict(_base_.coco_format_train, dataset=train_data, pipeline=_base_.mosaic_320_masks),
)
val_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(_base_.coco_format_val, dataset=val_data, pipeline=_base_.test_320_pipeline),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type='CocoDetectionMetric',
    ann_file=data_root + 'annotations/instances_val.json',
    metric=['bbox', 'segm'],
)
test_evaluator = val_evaluator
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
optim_wrapper = _base_.adamw_cosine_optim
param_scheduler = [
    _base_.adamw_cosine_warmup,
    dict(_base_.adamw_cosine_decay, T_max=max_epochs, end=max_epochs),
]
close_mosaic = dict(
    type='mmdet.PipelineSwitchHook',
    switch_epoch=max_epochs - 20,
    switch_pipeline=_base_.plain_320_masks,
)
custom_hooks = [dict(_base_.best_checkpoint, metric='coco/segm_mAP'), close_mosaic]

"""The demo's detector learns masks: the mask branch is trained, boxes and classes stay as they are.

Data:  python tools/prepare_data/shapes.py --polygons --out data/shapes_masks
Train: python tools/train.py configs/demo/yolo_world_n_shapes_segment.py
Test:  python tools/test.py configs/demo/yolo_world_n_shapes_segment.py BEST
(BEST: work_dirs/yolo_world_n_shapes_segment/best.pth.) It starts at the checkpoint of `make demo`.
Measured scores and times: docs/segmentation.md.
"""

_base_ = [
    '../_base_/models/yolo_world_v2_n_masks.py',
    '../_base_/datasets/shapes.py',
    '../_base_/datasets/loaders.py',
    '../_base_/pipelines/letterbox_160_masks.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
shapes_root = 'data/shapes_masks/'
max_epochs = 8
load_from = 'work_dirs/demo/best.pth'
model = _base_.nano_mask_branch
train_data = dict(_base_.shapes_train.dataset, data_root=shapes_root)
val_data = dict(_base_.shapes_val.dataset, data_root=shapes_root)
test_data = dict(_base_.shapes_test.dataset, data_root=shapes_root)
train_dataloader = dict(
    _base_.shuffled_loader,
    dataset=dict(_base_.shapes_train, dataset=train_data, pipeline=_base_.flip_masks_pipeline),
)
val_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(_base_.shapes_val, dataset=val_data, pipeline=_base_.test_160_pipeline),
)
test_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(_base_.shapes_test, dataset=test_data, pipeline=_base_.test_160_pipeline),
)
metric = dict(type='CocoDetectionMetric', metric=['bbox', 'segm'])
val_evaluator = dict(metric, ann_file=shapes_root + 'annotations/instances_val.json')
test_evaluator = dict(metric, ann_file=shapes_root + 'annotations/instances_test.json')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=4)
optim_wrapper = _base_.adamw_cosine_optim
param_scheduler = [
    _base_.adamw_cosine_warmup,
    dict(_base_.adamw_cosine_decay, T_max=max_epochs, end=max_epochs),
]
custom_hooks = [dict(_base_.best_checkpoint, metric='coco/segm_mAP')]
randomness = dict(seed=0)

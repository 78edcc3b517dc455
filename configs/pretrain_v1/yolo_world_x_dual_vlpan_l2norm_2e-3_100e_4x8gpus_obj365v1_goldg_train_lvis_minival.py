"""YOLO-World v1-X at 640 x 640.

Pre-training on Objects365v1 and GoldG; zero-shot on LVIS minival.
No score was published for this file (with CC3M-Lite added: 33.4).

Train: ./tools/dist_train.sh THIS_FILE 8 --amp (the published run: NNODES=4)
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_x.py',
    '../_base_/datasets/obj365v1_goldg.py',
    '../_base_/datasets/lvis.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/pretrain_640.py',
    '../_base_/schedules/published_pretrain.py',
    '../_base_/published_runtime.py',
]
model = dict(_base_.yolo_world_v1, num_test_classes=_base_.lvis_num_classes)
train_dataloader = dict(
    _base_.pretrain_loader,
    dataset=dict(
        type='ConcatDataset',
        datasets=[dict(data, pipeline=_base_.mosaic_pipeline) for data in _base_.obj365v1_goldg],
        ignore_keys=['classes', 'palette'],
    ),
)
val_dataloader = dict(
    _base_.eval_loader, dataset=dict(_base_.lvis_minival, pipeline=_base_.text_test_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = _base_.lvis_minival_metric
test_evaluator = val_evaluator
optim_wrapper = _base_.pretrain_optim
train_cfg = _base_.published_loop
default_hooks = _base_.published_hooks
custom_hooks = [_base_.ema_hook, dict(_base_.close_mosaic, switch_pipeline=_base_.plain_pipeline)]

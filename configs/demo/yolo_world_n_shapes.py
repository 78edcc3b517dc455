"""YOLO-World nano learns 12 phrases about coloured shapes and finds 4 that it was never taught.

Data:  python tools/prepare_data/shapes.py
Train: python tools/train.py configs/demo/yolo_world_n_shapes.py
Test:  python tools/test.py configs/demo/yolo_world_n_shapes.py BEST
(BEST: work_dirs/yolo_world_n_shapes/best.pth). `make demo` does all of it.
Measured scores and times: docs/measured.md.
"""

_base_ = [
    '../_base_/models/yolo_world_v2_n.py',
    '../_base_/datasets/shapes.py',
    '../_base_/datasets/loaders.py',
    '../_base_/pipelines/letterbox_160.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
max_epochs = 16
model = _base_.yolo_world_v2_n
train_dataloader = dict(
    _base_.shuffled_loader, dataset=dict(_base_.shapes_train, pipeline=_base_.flip_pipeline)
)
val_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(_base_.shapes_val, pipeline=_base_.test_160_pipeline),
)
test_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(_base_.shapes_test, pipeline=_base_.test_160_pipeline),
)
val_evaluator = _base_.shapes_val_metric
test_evaluator = _base_.shapes_test_metric
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=8)
optim_wrapper = _base_.adamw_cosine_optim
param_scheduler = [
    _base_.adamw_cosine_warmup,
    dict(_base_.adamw_cosine_decay, T_max=max_epochs, end=max_epochs),
]
custom_hooks = [_base_.best_checkpoint]
randomness = dict(seed=0)

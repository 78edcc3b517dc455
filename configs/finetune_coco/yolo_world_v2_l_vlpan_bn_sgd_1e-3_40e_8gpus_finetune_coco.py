"""YOLO-World v2-L, SGD, 40 epochs, the last 30 without mosaic.

Fine-tuning on COCO with its 80 texts; boxes as annotated.
Published, zero-shot AP -> AP / AP50 / AP75: 45.1 -> 52.8 / 69.5 / 57.8.

Train: ./tools/dist_train.sh THIS_FILE 8 --amp
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_l.py',
    '../_base_/datasets/coco.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/coco_texts_640.py',
    '../_base_/schedules/published_finetune_sgd.py',
    '../_base_/published_runtime.py',
]
load_from = (
    'pretrained_models/'
    'yolo_world_l_clip_t2i_bn_2e-3adamw_32xb16-100e_obj365v1_goldg_cc3mlite_train-ca93cd1f.pth'
)
model = _base_.yolo_world_v2
train_dataloader = dict(
    _base_.finetune_loader,
    dataset=dict(_base_.coco_texts_train, pipeline=_base_.mosaic_pipeline),
)
val_dataloader = dict(
    _base_.eval_loader, dataset=dict(_base_.coco_texts_val, pipeline=_base_.text_test_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = _base_.coco_metric
test_evaluator = val_evaluator
optim_wrapper = _base_.sgd_optim
train_cfg = dict(_base_.published_loop, max_epochs=40, dynamic_intervals=[(10, 1)])
default_hooks = dict(
    _base_.published_hooks,
    param_scheduler=dict(_base_.published_hooks.param_scheduler, max_epochs=40),
)
close_mosaic = dict(_base_.close_mosaic, switch_epoch=10, switch_pipeline=_base_.plain_pipeline)
custom_hooks = [_base_.ema_hook, close_mosaic]

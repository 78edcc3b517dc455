"""YOLO-World v2-L, all but the 80 prompts is trained, SGD, 40 epochs (in spite of the name).

COCO; the prompts start from CLIP text embeddings of its 80 class names.
No score was published for this file.

Train: ./tools/dist_train.sh THIS_FILE 8 --amp
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_l_prompts.py',
    '../_base_/datasets/coco.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/coco_boxes_640.py',
    '../_base_/schedules/published_finetune_sgd.py',
    '../_base_/published_runtime.py',
]
load_from = (
    'pretrained_models/'
    'yolo_world_l_clip_t2i_bn_2e-3adamw_32xb16-100e_obj365v1_goldg_cc3mlite_train-ca93cd1f.pth'
)
model = _base_.all_but_prompts_model
train_dataloader = dict(
    _base_.finetune_loader,
    dataset=dict(_base_.coco_boxes_train, pipeline=_base_.mosaic_pipeline),
)
val_dataloader = dict(
    _base_.eval_loader, dataset=dict(_base_.coco_boxes_test, pipeline=_base_.box_test_pipeline)
)
test_dataloader = val_dataloader
val_evaluator = _base_.coco_metric
test_evaluator = val_evaluator
optim_wrapper = dict(
    type='OptimWrapper',
    clip_grad=dict(max_norm=10.0),
    optimizer=_base_.sgd_finetune,
    constructor='YOLOv5OptimizerConstructor',
)
train_cfg = dict(_base_.published_loop, max_epochs=40, dynamic_intervals=[(30, 1)])
default_hooks = dict(
    _base_.published_hooks,
    param_scheduler=dict(_base_.published_hooks.param_scheduler, max_epochs=40),
)
close_mosaic = dict(_base_.close_mosaic, switch_epoch=30, switch_pipeline=_base_.plain_pipeline)
custom_hooks = [_base_.ema_hook, close_mosaic]

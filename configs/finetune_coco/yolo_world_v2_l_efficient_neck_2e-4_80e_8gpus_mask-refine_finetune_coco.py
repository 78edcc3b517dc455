"""YOLO-World v2-L with a neck that sees no texts, AdamW, 80 epochs.

Fine-tuning on COCO with its 80 texts; boxes refined by masks.
No score was published for this file.

Train: ./tools/dist_train.sh THIS_FILE 8 --amp
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_l.py',
    '../_base_/datasets/coco.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/coco_texts_refined_640.py',
    '../_base_/schedules/published_finetune.py',
    '../_base_/published_runtime.py',
]
load_from = (
    'pretrained_models/'
    'yolo_world_l_clip_t2i_bn_2e-3adamw_32xb16-100e_obj365v1_goldg_cc3mlite_train-ca93cd1f.pth'
)
model = dict(
    _base_.yolo_world_v2,
    neck=dict(_base_.yolo_world_v2.neck, block_cfg=dict(type='EfficientCSPLayerWithTwoConv')),
)
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
optim_wrapper = _base_.finetune_optim
train_cfg = _base_.published_loop
default_hooks = _base_.published_hooks
custom_hooks = [_base_.ema_hook, dict(_base_.close_mosaic, switch_pipeline=_base_.plain_pipeline)]

"""YOLO-World v2-S, re-parameterised neck and head, AdamW, 80 epochs.

Fine-tuning on COCO without text encoder: its 80 texts are part of the weights.
`load_from` is a file that `tools/reparameterize_yoloworld.py` writes.
Published, zero-shot AP -> AP / AP50 / AP75: 37.5 -> 46.3 / 62.8 / 50.4.

Train: ./tools/dist_train.sh THIS_FILE 8 --amp
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_s_rep.py',
    '../_base_/datasets/coco.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/coco_boxes_refined_640_s.py',
    '../_base_/schedules/published_finetune.py',
    '../_base_/published_runtime.py',
]
load_from = (
    '../FastDet/output_models/'
    'yolo_world_s_clip_t2i_bn_2e-3adamw_32xb16-100e_obj365v1_goldg_train-55b943ea_rep_conv.pth'
)
model = _base_.rep_neck_model
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
    optimizer=_base_.adamw_finetune,
    constructor='YOLOWv5OptimizerConstructor',
)
train_cfg = _base_.published_loop
default_hooks = _base_.published_hooks
custom_hooks = [_base_.ema_hook, dict(_base_.close_mosaic, switch_pipeline=_base_.plain_pipeline)]

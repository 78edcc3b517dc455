"""YOLO-World v1-Seg-L, all modules trained, text encoder included.

Trained on the masks of the 866 common and frequent classes of LVIS, tested on LVIS val.
Published mask AP / rare / common / frequent: 28.7 / 15.0 / 28.3 / 35.2.

Train: ./tools/dist_train.sh THIS_FILE 8 --amp
Test:  ./tools/dist_test.sh THIS_FILE CHECKPOINT 8
"""

_base_ = [
    '../_base_/models/yolo_world_seg_l.py',
    '../_base_/datasets/lvis.py',
    '../_base_/datasets/published_loaders.py',
    '../_base_/pipelines/lvis_masks_640.py',
    '../_base_/schedules/published_segmentation.py',
    '../_base_/published_runtime.py',
]
find_unused_parameters = True
load_from = (
    'pretrained_models/'
    'yolo_world_l_clip_base_dual_vlpan_2e-3adamw'
    '_32xb16_100e_o365_goldg_train_pretrained-0e566235.pth'
)
backbone = _base_.v1_all_modules.backbone
clip_folder = '../pretrained_models/clip-vit-base-patch32-projection'
model = dict(
    _base_.v1_all_modules,
    backbone=dict(backbone, text_model=dict(backbone.text_model, model_name=clip_folder)),
)
train_dataloader = dict(
    _base_.finetune_loader,
    batch_size=8,
    dataset=dict(_base_.lvis_base_train, pipeline=_base_.mosaic_pipeline),
)
val_dataloader = dict(
    _base_.eval_loader,
    dataset=dict(_base_.lvis_val_captions, pipeline=_base_.text_test_pipeline),
)
test_dataloader = val_dataloader
val_evaluator = dict(_base_.lvis_val_metric, metric=['bbox', 'segm'])
test_evaluator = val_evaluator
optim_wrapper = _base_.all_modules_optim
train_cfg = _base_.published_loop
default_hooks = _base_.published_hooks
custom_hooks = [_base_.ema_hook, dict(_base_.close_mosaic, switch_pipeline=_base_.plain_pipeline)]

"""YOLO-World v2-S on your own boxes: everything is trained, with the published settings.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format;
classes, texts and mask-refine (when every object has a polygon) follow from them.

Weights: tools/download.py fetches the file of `load_from`; the text encoder is CLIP ViT-B/32.
Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_finetune_own/best.pth
"""

_base_ = [
    '../_base_/models/own_fixed_classes.py',
    '../_base_/datasets/coco_format.py',
    '../_base_/datasets/loaders.py',
    '../_base_/pipelines/own_replay.py',
    '../_base_/schedules/own_published.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/mine/'
load_from = 'data/weights/yolo_world_v2_s_obj365v1_goldg_pretrain-55b943ea.pth'
model = _base_.own_world_s
train_dataloader = dict(
    _base_.shuffled_loader,
    num_workers=4,
    dataset=dict(
        _base_.coco_format_train,
        dataset=dict(_base_.coco_format_train.dataset, data_root=data_root),
        pipeline=[*_base_.own_mosaic.s, *_base_.own_pack_texts],
    ),
)
val_dataloader = dict(
    _base_.ordered_loader,
    dataset=dict(
        _base_.coco_format_val,
        dataset=dict(_base_.coco_format_val.dataset, data_root=data_root),
        pipeline=_base_.own_test_texts,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type='CocoDetectionMetric', ann_file=data_root + 'annotations/instances_val.json'
)
test_evaluator = val_evaluator
train_cfg = _base_.own_loop
default_hooks = _base_.own_hooks
optim_wrapper = _base_.own_optim
close_mosaic = dict(
    _base_.own_switch, switch_pipeline=[*_base_.own_plain.s, *_base_.own_pack_texts]
)
custom_hooks = [_base_.own_average, _base_.own_best, close_mosaic]

"""YOLO-World v2-S learns masks from your own outlines: the mask branch is trained, as published.

`data_root` holds `annotations/instances_train.json` and `instances_val.json` in COCO format with
`segmentation`. Boxes and classes stay those of `load_from`, so any text can be masked afterwards.
To train everything as well: yolo_world_s_segment_all_own.py.

Train: python tools/train.py <this file> --cfg-options data_root=data/mine/
Test:  python tools/test.py <this file> work_dirs/yolo_world_s_segment_own/best.pth
"""

_base_ = [
    '../_base_/models/own_masks.py',
    '../_base_/datasets/coco_format.py',
    '../_base_/datasets/loaders.py',
    '../_base_/pipelines/own_masks_640.py',
    '../_base_/schedules/own_published.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/mine/'
load_from = 'data/weights/yolo_world_v2_s_obj365v1_goldg_pretrain-55b943ea.pth'
model = _base_.own_segment_s
train_dataloader = dict(
    _base_.shuffled_loader,
    batch_size=8,
    num_workers=4,
    dataset=dict(
        _base_.coco_format_train,
        dataset=dict(_base_.coco_format_train.dataset, data_root=data_root),
        pipeline=_base_.mask_mosaic.s,
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
    type='CocoDetectionMetric',
    ann_file=data_root + 'annotations/instances_val.json',
    metric=['bbox', 'segm'],
)
test_evaluator = val_evaluator
train_cfg = _base_.own_loop
default_hooks = _base_.own_hooks
find_unused_parameters = True
optim_wrapper = _base_.own_optim_masks
close_mosaic = dict(_base_.own_switch, switch_pipeline=_base_.mask_plain.s)
custom_hooks = [_base_.own_average, dict(_base_.own_best, metric='coco/segm_mAP'), close_mosaic]

"""YOLO-World v2 nano with masks: all trained, or the mask branch of a finished detector."""

_base_ = ['./yolo_world_v2_n.py']
nano_world = _base_.yolo_world_v2_n
nano_mask_module = dict(
    nano_world.bbox_head.head_module,
    type='YOLOWorldSegHeadModule',
    proto_channels=64,
    mask_channels=32,
)
nano_masks = dict(
    nano_world,
    bbox_head=dict(
        type='YOLOWorldSegHead',
        mask_overlap=False,
        loss_mask=dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True, reduction='none'),
        loss_mask_weight=1.0,
        head_module=nano_mask_module,
    ),
    test_cfg=dict(_base_.multi_label_testing, mask_thr_binary=0.5, fast_test=True),
)
nano_mask_branch = dict(
    nano_masks,
    backbone=dict(nano_world.backbone, frozen_stages=4),
    neck=dict(nano_world.neck, freeze_all=True),
    bbox_head=dict(nano_masks['bbox_head'], head_module=dict(nano_mask_module, freeze_bbox=True)),
)

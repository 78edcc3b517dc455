"""YOLO-World L with masks, tested on LVIS's 1203 classes: all trained, or the mask branch only."""

_base_ = './yolo_world_l.py'
mask_head = dict(
    type='YOLOWorldSegHead',
    mask_overlap=False,
    loss_mask=dict(type='mmdet.CrossEntropyLoss', use_sigmoid=True, reduction='none'),
    loss_mask_weight=1.0,
)
mask_head_module = dict(type='YOLOWorldSegHeadModule', proto_channels=256, mask_channels=32)
frozen_boxes = dict(mask_head_module, freeze_bbox=True)
l2_head, bn_head = _base_.yolo_world_v1.bbox_head, _base_.yolo_world_v2.bbox_head
v1_masks = dict(l2_head, **mask_head)
v2_masks = dict(bn_head, **mask_head)
frozen_backbone = dict(_base_.yolo_world_v1.backbone, frozen_stages=4)
trained_texts = dict(_base_.clip_base, frozen_modules=[])
mask_testing = dict(_base_.multi_label_testing, mask_thr_binary=0.5, fast_test=True)
seg_assigner = dict(_base_.task_aligned_training.assigner, type='YOLOWorldSegAssigner')
v1_all_modules = dict(
    _base_.yolo_world_v1,
    num_test_classes=1203,
    backbone=dict(_base_.yolo_world_v1.backbone, text_model=trained_texts),
    bbox_head=dict(v1_masks, head_module=dict(l2_head.head_module, **mask_head_module)),
    test_cfg=mask_testing,
)
v1_mask_branch = dict(
    _base_.yolo_world_v1,
    num_test_classes=1203,
    backbone=frozen_backbone,
    neck=dict(_base_.yolo_world_v1.neck, freeze_all=True),
    bbox_head=dict(v1_masks, head_module=dict(l2_head.head_module, **frozen_boxes)),
    test_cfg=mask_testing,
)
v2_mask_branch = dict(
    _base_.yolo_world_v2,
    num_test_classes=1203,
    backbone=frozen_backbone,
    neck=dict(_base_.yolo_world_v2.neck, freeze_all=True),
    bbox_head=dict(v2_masks, head_module=dict(bn_head.head_module, **frozen_boxes)),
    train_cfg=dict(assigner=seg_assigner),
    test_cfg=mask_testing,
)

"""Layer values, image values and losses of YOLOv8, as the published models have them."""

yolov8_values = dict(
    norm_cfg=dict(type='BN', momentum=0.03, eps=0.001), act_cfg=dict(type='SiLU', inplace=True)
)
zero_to_one = dict(mean=[0.0, 0.0, 0.0], std=[255.0, 255.0, 255.0], bgr_to_rgb=True)
yolov8_losses = dict(
    prior_generator=dict(type='mmdet.MlvlPointGenerator', offset=0.5, strides=[8, 16, 32]),
    bbox_coder=dict(type='DistancePointBBoxCoder'),
    loss_cls=dict(
        type='mmdet.CrossEntropyLoss', use_sigmoid=True, reduction='none', loss_weight=0.5
    ),
    loss_bbox=dict(
        type='IoULoss',
        iou_mode='ciou',
        bbox_format='xyxy',
        reduction='sum',
        loss_weight=7.5,
        return_iou=False,
    ),
    loss_dfl=dict(type='mmdet.DistributionFocalLoss', reduction='mean', loss_weight=0.375),
)

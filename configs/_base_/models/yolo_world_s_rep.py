"""YOLO-World v2-S with 80 texts built into its weights (re-parameterised), and no text encoder."""

_base_ = './yolo_world_s.py'
small = _base_.yolo_world_v1
rep_neck_model = dict(
    _base_.yolo_world_v2,
    type='SimpleYOLOWorldDetector',
    reparameterized=True,
    data_preprocessor=dict(_base_.zero_to_one, type='YOLOv5DetDataPreprocessor'),
    backbone=dict(small.backbone, text_model=None, with_text_model=False),
    neck=dict(
        _base_.yolo_world_v2.neck,
        guide_channels=80,
        block_cfg=dict(type='RepConvMaxSigmoidCSPLayerWithTwoConv', guide_channels=80),
    ),
    bbox_head=dict(
        small.bbox_head,
        type='YOLOv8Head',
        head_module=dict(small.bbox_head.head_module, type='RepYOLOWorldHeadModule', num_guide=80),
    ),
)
efficient_neck_model = dict(
    rep_neck_model,
    neck=dict(_base_.yolo_world_v2.neck, block_cfg=dict(type='EfficientCSPLayerWithTwoConv')),
)

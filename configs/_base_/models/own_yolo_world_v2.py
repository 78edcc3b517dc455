"""YOLO-World v2 as published at S, M and L, with CLIP ViT-B/32 as its frozen text encoder.

The head keeps `num_classes=80` for any vocabulary, as the published weights do.
"""

_base_ = ['./task_aligned_detection.py']
own_text_width = 512
own_norm = dict(type='BN', momentum=0.03, eps=0.001)


def yolo_world(depth, width, last):
    """One size; `last` is the width of the coarsest level before scaling."""
    scale = dict(deepen_factor=depth, widen_factor=width, norm_cfg=own_norm)
    levels = [256, 512, last]
    return dict(
        type='YOLOWorldDetector',
        mm_neck=True,
        data_preprocessor=dict(
            type='YOLOWDetDataPreprocessor', mean=[0.0] * 3, std=[255.0] * 3, bgr_to_rgb=True
        ),
        backbone=dict(
            type='MultiModalYOLOBackbone',
            image_model=dict(type='mmyolo.YOLOv8CSPDarknet', last_stage_out_channels=last, **scale),
            text_model=dict(
                type='HuggingCLIPLanguageBackbone',
                model_name='openai/clip-vit-base-patch32',
                frozen_modules=['all'],
            ),
        ),
        neck=dict(
            type='YOLOWorldPAFPN',
            in_channels=levels,
            out_channels=levels,
            guide_channels=own_text_width,
            embed_channels=[128, 256, last // 2],
            num_heads=[4, 8, last // 64],
            block_cfg=dict(type='MaxSigmoidCSPLayerWithTwoConv'),
            **scale,
        ),
        bbox_head=dict(
            type='YOLOWorldHead',
            head_module=dict(
                type='YOLOWorldHeadModule',
                num_classes=80,
                in_channels=levels,
                widen_factor=width,
                norm_cfg=own_norm,
                embed_dims=own_text_width,
                use_bn_head=True,
            ),
        ),
        train_cfg=_base_.task_aligned_training,
        test_cfg=_base_.multi_label_testing,
    )


own_world_s = yolo_world(0.33, 0.5, 1024)
own_world_m = yolo_world(0.67, 0.75, 768)
own_world_l = yolo_world(1.0, 1.0, 512)

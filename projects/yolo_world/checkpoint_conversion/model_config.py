"""The model config that fits a converted state dict: its scale is in its shapes."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from vl_runtime.errors import InputValueError

_STEM = 'stem.conv.weight'
_DEPTHS = {1: 0.33, 2: 0.67, 3: 1.0}
_WIDTH_OF_SCALE_1 = 64
_NORM = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}


def model_config(
    state_dict: dict[str, Tensor], *, world: bool, num_classes: int, text_width: int = 512
) -> dict[str, Any]:
    """Config of ``YOLOWorldDetector`` without a text encoder, or of mmyolo's YOLOv8.

    Args:
        state_dict: converted weights.
        world: whether they are YOLO-World's.
        num_classes: of YOLOv8; for YOLO-World it only sets the width of the class branch.

    Raises:
        InputValueError: the shapes are of no published scale.
    """
    prefix = 'backbone.image_model.' if world else 'backbone.'
    widen = state_dict[f'{prefix}{_STEM}'].shape[0] / _WIDTH_OF_SCALE_1
    blocks = sum(
        key.startswith(f'{prefix}stage1.1.blocks.') and key.endswith('conv1.conv.weight')
        for key in state_dict
    )
    if blocks not in _DEPTHS:
        raise InputValueError(
            f'weights: expected 1, 2 or 3 blocks in the first stage, found {blocks}.'
        )
    last = round(state_dict[f'{prefix}stage4.0.conv.weight'].shape[0] / widen)
    scale = {'deepen_factor': _DEPTHS[blocks], 'widen_factor': widen, 'norm_cfg': _NORM}
    channels = [256, 512, last]
    backbone = dict(type='mmyolo.YOLOv8CSPDarknet', last_stage_out_channels=last, **scale)
    module = {'num_classes': num_classes, 'in_channels': channels, 'widen_factor': widen}
    preprocessor = {'mean': [0.0] * 3, 'std': [255.0] * 3, 'bgr_to_rgb': True}
    if not world:
        return {
            'type': 'mmyolo.YOLODetector',
            'data_preprocessor': {'type': 'mmdet.DetDataPreprocessor', **preprocessor},
            'backbone': backbone,
            'neck': dict(
                type='mmyolo.YOLOv8PAFPN', in_channels=channels, out_channels=channels, **scale
            ),
            'bbox_head': {
                'type': 'mmyolo.YOLOv8Head',
                'head_module': {'type': 'mmyolo.YOLOv8HeadModule', 'norm_cfg': _NORM, **module},
            },
        }
    return _world_config(backbone, channels, scale, module, text_width)


def _world_config(
    backbone: dict, channels: list[int], scale: dict, module: dict, text_width: int
) -> dict[str, Any]:
    last = channels[-1]
    return {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'data_preprocessor': {
            'type': 'YOLOWDetDataPreprocessor',
            'mean': [0.0] * 3,
            'std': [255.0] * 3,
            'bgr_to_rgb': True,
        },
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': backbone,
            'text_model': None,
            'with_text_model': False,
        },
        'neck': dict(
            type='YOLOWorldPAFPN',
            in_channels=channels,
            out_channels=channels,
            guide_channels=text_width,
            embed_channels=[128, 256, last // 2],
            num_heads=[4, 8, last // 2 // 32],
            block_cfg={'type': 'MaxSigmoidCSPLayerWithTwoConv'},
            **scale,
        ),
        'bbox_head': {
            'type': 'YOLOWorldHead',
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'embed_dims': text_width,
                'use_bn_head': True,
                'norm_cfg': _NORM,
                **module,
            },
        },
    }

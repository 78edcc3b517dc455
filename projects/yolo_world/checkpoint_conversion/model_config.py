"""The model config that fits a converted state dict: its scale is in its shapes."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from vl_runtime.errors import InputValueError
from yolo_world.released_model_config import (
    RELEASED_NORM,
    RELEASED_PREPROCESSOR,
    released_model_config,
)

_STEM = 'stem.conv.weight'
_DEPTHS = {1: 0.33, 2: 0.67, 3: 1.0}
_WIDTH_OF_SCALE_1 = 64


def model_config(
    state_dict: dict[str, Tensor], *, world: bool, num_classes: int, text_width: int = 512
) -> dict[str, Any]:
    """Config of ``YOLOWorldDetector`` without a text encoder, or of mmyolo's YOLOv8.

    Args:
        state_dict: converted weights.
        world: whether they are YOLO-World's.
        num_classes: of YOLOv8. Of YOLO-World it only sets the width of the hidden class
            convolutions, see ``hidden_class_width``.

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
    scale = {'deepen_factor': _DEPTHS[blocks], 'widen_factor': widen, 'norm_cfg': RELEASED_NORM}
    channels = [256, 512, last]
    backbone = dict(type='mmyolo.YOLOv8CSPDarknet', last_stage_out_channels=last, **scale)
    module = {'num_classes': num_classes, 'in_channels': channels, 'widen_factor': widen}
    if not world:
        return {
            'type': 'mmyolo.YOLODetector',
            'data_preprocessor': {'type': 'mmdet.DetDataPreprocessor', **RELEASED_PREPROCESSOR},
            'backbone': backbone,
            'neck': dict(
                type='mmyolo.YOLOv8PAFPN', in_channels=channels, out_channels=channels, **scale
            ),
            'bbox_head': {
                'type': 'mmyolo.YOLOv8Head',
                'head_module': {
                    'type': 'mmyolo.YOLOv8HeadModule',
                    'norm_cfg': RELEASED_NORM,
                    **module,
                },
            },
        }
    neck = dict(
        type='YOLOWorldPAFPN',
        in_channels=channels,
        out_channels=channels,
        guide_channels=text_width,
        embed_channels=[128, 256, last // 2],
        num_heads=[4, 8, last // 2 // 32],
        block_cfg={'type': 'MaxSigmoidCSPLayerWithTwoConv'},
        **scale,
    )
    return released_model_config(
        backbone, neck, {'embed_dims': text_width, 'use_bn_head': True, **module}
    )


def hidden_class_width(state_dict: dict[str, Tensor]) -> int:
    """Channels of the hidden class convolutions: ``num_classes`` of a head that takes them.

    Such a head has ``max(first input channels, num_classes)``; Ultralytics has
    ``max(first input channels, min(number of classes, 100))``.
    """
    return state_dict['bbox_head.head_module.cls_preds.0.0.conv.weight'].shape[0]

"""The model config of released-style weights, read off their shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vl_runtime.errors import InputKeyError, InputValueError
from yolo_world.released_model_config import RELEASED_NORM, released_model_config

_STAGE = 'backbone.image_model.stage'
_HEAD = 'bbox_head.head_module.'
_STAGE_BLOCKS = {1: 3, 2: 6, 3: 6, 4: 3}  # of YOLOv8 at depth 1
_NECK_BLOCKS = 3
_DEPTHS = (0.33, 0.67, 1.0)  # of the released scales
_LEVELS = {  # neck layer -> level it belongs to
    'bottom_up_layers.1': 2,
    'bottom_up_layers.0': 1,
    'top_down_layers.1': 0,
}
_DEFAULT_EMBED = (128, 256, 512)
_DEFAULT_HEADS = (4, 8, 16)


def model_config_from_weights(state_dict: Mapping[str, Tensor]) -> dict[str, Any]:
    """Config of the ``YOLOWorldDetector`` without text model that fits the weights.

    For the YOLOv8 backbone and the neck ``YOLOWorldPAFPN`` of any width and of the
    released depths, text-guided or efficient, with the head of the v2 models.

    Raises:
        InputKeyError: an entry that such a model has is missing.
        InputValueError: the number of blocks is that of no released depth.
    """
    widen = _out_channels(state_dict, f'{_STAGE}3.0.conv.weight') / 512
    last = round(_out_channels(state_dict, f'{_STAGE}4.0.conv.weight') / widen)
    scale = {'deepen_factor': _depth(state_dict), 'widen_factor': widen, 'norm_cfg': RELEASED_NORM}
    channels = [256, 512, last]
    image_model = {'type': 'mmyolo.YOLOv8CSPDarknet', 'last_stage_out_channels': last, **scale}
    return {
        **released_model_config(
            image_model,
            _neck(state_dict, channels, scale),
            _head_module(state_dict, channels, widen),
        ),
        'test_cfg': {
            'multi_label': True,
            'nms_pre': 30000,
            'score_thr': 0.001,
            'nms': {'type': 'nms', 'iou_threshold': 0.7},
            'max_per_img': 300,
        },
    }


def _entry(state_dict: Mapping[str, Tensor], key: str) -> Tensor:
    if key not in state_dict:
        raise InputKeyError(
            f'expected the entry {key} of a YOLOv8-sized YOLO-World, found none; give the recipe '
            'of these weights (--config).'
        )
    return state_dict[key]


def _out_channels(state_dict: Mapping[str, Tensor], key: str) -> int:
    return len(_entry(state_dict, key))


def _count(state_dict: Mapping[str, Tensor], prefix: str) -> int:
    """Number of entries of the list of modules ``prefix``."""
    pattern = re.compile(re.escape(prefix) + r'\.(\d+)\.')
    return len({match.group(1) for match in map(pattern.match, state_dict) if match})


def _depth(state_dict: Mapping[str, Tensor]) -> float:
    found = {stage: _count(state_dict, f'{_STAGE}{stage}.1.blocks') for stage in _STAGE_BLOCKS}
    for depth in _DEPTHS:
        if found == {s: max(round(count * depth), 1) for s, count in _STAGE_BLOCKS.items()}:
            return depth
    raise InputValueError(
        f'{list(found.values())} blocks in the four stages are those of no released depth '
        f'({", ".join(map(str, _DEPTHS))}); give the recipe of these weights (--config).'
    )


def _neck(
    state_dict: Mapping[str, Tensor], channels: list[int], scale: dict[str, Any]
) -> dict[str, Any]:
    embed, heads = list(_DEFAULT_EMBED), list(_DEFAULT_HEADS)
    text_width = _out_channels(state_dict, f'{_HEAD}cls_preds.0.2.weight')
    text_guided = any(key.endswith('attn_block.bias') for key in state_dict)
    if text_guided:
        for layer, level in _LEVELS.items():
            prefix = f'neck.{layer}.attn_block.'
            kernel = _entry(state_dict, f'{prefix}guide_fc.weight')
            text_width = kernel.shape[1]
            embed[level] = round(len(kernel) / scale['widen_factor'])
            heads[level] = round(_out_channels(state_dict, f'{prefix}bias') / scale['widen_factor'])
    block = {'type': 'MaxSigmoidCSPLayerWithTwoConv'}
    if not text_guided:
        block = {'type': 'EfficientCSPLayerWithTwoConv'}
    elif any(key.endswith('attn_block.scale') for key in state_dict):
        block['with_scale'] = True
    return {
        'type': 'YOLOWorldPAFPN',
        'in_channels': channels,
        'out_channels': channels,
        'guide_channels': text_width,
        'embed_channels': embed,
        'num_heads': heads,
        'num_csp_blocks': _NECK_BLOCKS,
        'block_cfg': block,
        **scale,
    }


def _head_module(
    state_dict: Mapping[str, Tensor], channels: list[int], widen: float
) -> dict[str, Any]:
    hidden = _out_channels(state_dict, f'{_HEAD}cls_preds.0.1.conv.weight')
    first = _entry(state_dict, f'{_HEAD}cls_preds.0.0.conv.weight').shape[1]
    return {
        # The hidden width is the larger one of the first level's channels and this.
        'num_classes': hidden if hidden > first else min(80, hidden),
        'in_channels': channels,
        'widen_factor': widen,
        'reg_max': _out_channels(state_dict, f'{_HEAD}reg_preds.0.2.weight') // 4,
        'embed_dims': _out_channels(state_dict, f'{_HEAD}cls_preds.0.2.weight'),
        'use_bn_head': f'{_HEAD}cls_contrasts.0.norm.running_mean' in state_dict,
    }

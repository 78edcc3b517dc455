import copy

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS

import yolo_world  # noqa: F401
from vl_runtime.errors import InputKeyError, InputValueError
from yolo_world.model_config_from_weights import model_config_from_weights

SCALES = {  # deepen factor, widen factor, channels of the last stage before scaling
    'n': (0.33, 0.25, 1024),
    's': (0.33, 0.5, 1024),
    'm': (0.67, 0.75, 768),
    'l': (1.0, 1.0, 512),
    'x': (1.0, 1.25, 512),
    'xl': (1.0, 1.5, 512),
}


def shapes(cfg):
    with torch.device('meta'):
        state = MODELS.build(ConfigDict(copy.deepcopy(cfg))).state_dict()
    return {key: tuple(value.shape) for key, value in state.items()}


def weights_of(scale, block='MaxSigmoidCSPLayerWithTwoConv', **head):
    deepen, widen, last = SCALES[scale]
    factors = {'deepen_factor': deepen, 'widen_factor': widen}
    channels = [256, 512, last]
    cfg = {
        'type': 'YOLOWorldDetector',
        'mm_neck': True,
        'backbone': {
            'type': 'MultiModalYOLOBackbone',
            'image_model': dict(type='YOLOv8CSPDarknet', last_stage_out_channels=last, **factors),
            'text_model': None,
            'with_text_model': False,
        },
        'neck': dict(
            type='YOLOWorldPAFPN',
            in_channels=channels,
            out_channels=channels,
            guide_channels=512,
            embed_channels=[128, 256, last // 2],
            num_heads=[4, 8, last // 2 // 32],
            block_cfg={'type': block},
            **factors,
        ),
        'bbox_head': {
            'type': 'YOLOWorldHead',
            'head_module': {
                'type': 'YOLOWorldHeadModule',
                'num_classes': 80,
                'in_channels': channels,
                'widen_factor': widen,
                'embed_dims': 512,
                'use_bn_head': True,
                **head,
            },
        },
    }
    with torch.device('meta'):
        return MODELS.build(ConfigDict(cfg)).state_dict()


@pytest.mark.parametrize('scale', list(SCALES))
def test_released_scales_are_recognised(scale):
    state = weights_of(scale)

    found = shapes(model_config_from_weights(state))

    assert found == {key: tuple(value.shape) for key, value in state.items()}


def test_efficient_neck_and_another_head_are_recognised():
    state = weights_of(
        's', 'EfficientCSPLayerWithTwoConv', num_classes=300, embed_dims=384, reg_max=8
    )

    found = shapes(model_config_from_weights(state))

    assert found == {key: tuple(value.shape) for key, value in state.items()}


def test_the_small_reference_model_is_recognised(golden_case):
    case = golden_case('reparam_conv')

    found = shapes(model_config_from_weights(case.sd))

    assert {k: v for k, v in found.items() if 'num_batches_tracked' not in k} == {
        key: tuple(value.shape) for key, value in case.sd.items()
    }


def test_other_weights_are_told_with_the_way_out():
    state = dict(weights_of('s'))
    extra = {'backbone.image_model.stage2.1.blocks.7.conv1.conv.weight': torch.ones(1)}
    with pytest.raises(InputValueError, match=r'\[1, 3, 2, 1\] blocks .*--config'):
        model_config_from_weights(state | extra)
    with pytest.raises(InputKeyError, match=r'expected the entry backbone.*--config'):
        model_config_from_weights({'head.weight': torch.ones(1)})

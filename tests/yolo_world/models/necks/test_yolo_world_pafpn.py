import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

SMALL = {
    'type': 'YOLOWorldPAFPN',
    'in_channels': [32, 64, 128],
    'out_channels': [32, 64, 128],
    'guide_channels': 12,
    'embed_channels': [16, 32, 64],
    'num_heads': [4, 8, 16],
    'deepen_factor': 0.33,
    'widen_factor': 0.25,
}


@pytest.mark.parametrize('name', ['pafpn_max', 'pafpn_efficient'])
def test_output_equals_the_reference(golden_case, name):
    case = golden_case(name)
    neck = case.load_into(MODELS.build(dict(type='YOLOWorldPAFPN', **case.cfg))).eval()

    levels = neck(case.levels('f'), case.inputs['text'])

    assert isinstance(levels, tuple)
    for level, expected in zip(levels, case.levels('y', case.outputs), strict=True):
        torch.testing.assert_close(level, expected, rtol=1e-4, atol=1e-5)


def test_options_of_the_block_reach_it():
    neck = MODELS.build(
        dict(
            SMALL,
            block_cfg={
                'type': 'MaxSigmoidCSPLayerWithTwoConv',
                'with_scale': True,
                'guide_channels': 99,
            },
        )
    )

    block = neck.top_down_layers[0].attn_block
    assert block.scale.shape == (1, block.num_heads, 1, 1)
    assert block.guide_fc.in_features == 12  # the neck's width, not the block's


def test_mode_switches_return_the_neck():
    neck = MODELS.build(SMALL)

    assert neck.eval() is neck
    assert neck.train() is neck


def test_frozen_neck_stays_frozen_in_training():
    neck = MODELS.build(dict(SMALL, freeze_all=True))
    assert not any(p.requires_grad for p in neck.parameters())

    neck.train()

    norms = [m for m in neck.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    assert not any(p.requires_grad for p in neck.parameters())

import copy

import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401

SMALL = {
    'type': 'YOLOWorldDualPAFPN',
    'in_channels': [32, 64, 128],
    'out_channels': [32, 64, 128],
    'guide_channels': 12,
    'embed_channels': [16, 32, 64],
    'num_heads': [4, 8, 16],
    'deepen_factor': 0.33,
    'widen_factor': 0.25,
    'text_enhancder': {
        'type': 'ImagePoolingAttentionModule',
        'embed_channels': 16,
        'num_heads': 2,
    },
}


def features():
    return [torch.randn(2, c, s, s) for c, s in ((8, 16), (16, 8), (32, 4))]


def test_output_equals_the_reference(golden_case):
    case = golden_case('pafpn_dual')
    neck = case.load_into(MODELS.build(dict(type='YOLOWorldDualPAFPN', **case.cfg))).eval()

    levels = neck(case.levels('f'), case.inputs['text'])

    assert isinstance(levels, tuple)
    for level, expected in zip(levels, case.levels('y', case.outputs), strict=True):
        torch.testing.assert_close(level, expected, rtol=1e-4, atol=1e-5)


def test_building_changes_neither_the_given_nor_the_default_options():
    cfg = copy.deepcopy(SMALL)
    MODELS.build(cfg)
    assert cfg == SMALL

    plain = {key: value for key, value in SMALL.items() if key != 'text_enhancder'}
    for _ in range(2):
        enhancer = MODELS.build(dict(plain)).text_enhancer
        assert enhancer.query[1].out_features == 256


def test_only_the_coarser_levels_see_the_updated_texts():
    neck = MODELS.build(SMALL).eval()
    levels, texts = features(), torch.nn.functional.normalize(torch.randn(2, 3, 12), dim=-1)
    before = neck(levels, texts)

    torch.nn.init.constant_(neck.text_enhancer.proj.bias, 5.0)
    after = neck(levels, texts)

    assert torch.equal(before[0], after[0])
    assert not torch.allclose(before[1], after[1])


def test_frozen_neck_freezes_the_text_part_too():
    neck = MODELS.build(dict(SMALL, freeze_all=True))

    assert neck.train() is neck

    assert not any(p.requires_grad for p in neck.parameters())
    norms = [m for m in neck.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert not any(norm.training for norm in norms)

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

import yolo_world  # noqa: F401

SMALL = {
    'type': 'YOLOWorldSegHeadModule',
    'num_classes': 5,
    'in_channels': [32, 64, 128],
    'widen_factor': 0.25,
    'reg_max': 4,
    'embed_dims': 12,
    'use_bn_head': True,
    'proto_channels': 16,
    'mask_channels': 8,
}
BOXES = {'cls_preds', 'reg_preds', 'cls_contrasts'}
MASKS = {'seg_preds', 'proto_pred'}


def build(**kwargs):
    return MODELS.build({**SMALL, **kwargs})


def features(batch=2):
    return [torch.randn(batch, c, s, s) for c, s in ((8, 8), (16, 4), (32, 2))]


def trained_branches(module):
    return {name.split('.')[0] for name, p in module.named_parameters() if p.requires_grad}


def branches_with_live_norms(module):
    return {
        name.split('.')[0]
        for name, part in module.named_modules()
        if isinstance(part, nn.BatchNorm2d) and part.training
    }


def test_outputs_equal_the_reference(golden_case):
    case = golden_case('seg_head')
    module = case.load_into(MODELS.build(case.cfg['head_module'])).eval()

    logits, boxes, objectness, coefficients, prototypes = module(
        case.levels('f'), case.inputs['text']
    )

    assert objectness is None
    for name, maps in (('cls', logits), ('box', boxes), ('coeff', coefficients)):
        for found, expected in zip(maps, case.levels(name, case.outputs), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(prototypes, case.outputs['proto'], rtol=1e-4, atol=1e-5)


def test_training_gives_the_distributions_too():
    module = build().train()

    logits, boxes, distributions, coefficients, prototypes = module(
        features(), torch.randn(2, 3, 12)
    )

    assert [tuple(x.shape) for x in logits] == [(2, 3, 8, 8), (2, 3, 4, 4), (2, 3, 2, 2)]
    assert [tuple(x.shape) for x in distributions] == [(2, 64, 4, 4), (2, 16, 4, 4), (2, 4, 4, 4)]
    assert [x.shape[1] for x in coefficients] == [8, 8, 8]
    assert [x.shape[1] for x in boxes] == [4, 4, 4]
    assert prototypes.shape == (2, 8, 16, 16)


@pytest.mark.parametrize('use_bn_head', [True, False])
def test_keys_and_shapes_of_the_medium_release(use_bn_head):
    with torch.device('meta'):
        module = build(
            num_classes=80, in_channels=[256, 512, 768], widen_factor=0.75, reg_max=16,
            embed_dims=512, proto_channels=256, mask_channels=32, use_bn_head=use_bn_head,
        )  # fmt: skip
    shapes = {key: tuple(value.shape) for key, value in module.state_dict().items()}

    for level, channels in enumerate((192, 384, 576)):
        prefix = f'seg_preds.{level}'
        assert shapes[f'{prefix}.0.conv.weight'] == (48, channels, 3, 3)
        assert shapes[f'{prefix}.1.conv.weight'] == (48, 48, 3, 3)
        assert shapes[f'{prefix}.2.weight'] == (32, 48, 1, 1)
        assert shapes[f'{prefix}.2.bias'] == (32,)
    assert shapes['proto_pred.conv1.conv.weight'] == (256, 192, 3, 3)
    assert shapes['proto_pred.conv2.conv.weight'] == (256, 256, 3, 3)
    assert shapes['proto_pred.conv3.conv.weight'] == (32, 256, 1, 1)
    assert shapes['proto_pred.conv3.bn.weight'] == (32,)
    added = sum(key.startswith(('seg_preds', 'proto_pred')) for key in shapes)
    assert added == 788 - 728 == 60  # whole detectors of that scale with and without masks


def test_nothing_is_frozen_unless_asked():
    module = build().train()

    assert trained_branches(module) == BOXES | MASKS
    assert branches_with_live_norms(module) == BOXES | MASKS


def test_freezing_boxes_leaves_masks_trainable_with_their_norms():
    norm = {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
    module = build(freeze_bbox=True, norm_cfg=norm)

    assert trained_branches(module) == MASKS  # as built, before train() is called
    assert module.train() is module
    assert trained_branches(module) == MASKS
    assert branches_with_live_norms(module) == MASKS
    assert norm == {'type': 'BN', 'momentum': 0.03, 'eps': 0.001}
    assert trained_branches(build(norm_cfg=norm)) == BOXES | MASKS  # not by the frozen one


def test_freezing_all_freezes_masks_too():
    module = build(freeze_all=True)

    assert trained_branches(module) == set()
    assert branches_with_live_norms(module.train()) == set()
    assert trained_branches(module) == set()


def test_mode_switches_return_the_module():
    module = build()

    assert module.eval() is module
    assert module.train() is module


def test_initial_class_bias_expects_rare_objects():
    module = build(num_classes=80)
    module.init_weights()

    assert module.cls_contrasts[0].bias.item() == pytest.approx(-11.5366, abs=1e-3)
    assert module.reg_preds[0][-1].bias.tolist() == [1.0] * 16

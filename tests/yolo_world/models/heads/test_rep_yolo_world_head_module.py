import copy

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

import yolo_world  # noqa: F401

SMALL = {
    'type': 'RepYOLOWorldHeadModule',
    'num_classes': 80,
    'in_channels': [32, 64, 128],
    'widen_factor': 0.25,
    'reg_max': 4,
    'embed_dims': 12,
    'num_guide': 7,
}


def features(batch=2):
    return [torch.randn(batch, c, s, s) for c, s in ((8, 8), (16, 4), (32, 2))]


def test_outputs_equal_the_reference(golden_case):
    case = golden_case('head_module_rep')
    module = case.load_into(MODELS.build(dict(type='RepYOLOWorldHeadModule', **case.cfg))).eval()

    outputs = module(case.levels('f'))

    for maps, name in zip(outputs, ('eval_cls', 'eval_box'), strict=True):
        for found, expected in zip(maps, case.levels(name, case.outputs), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_initial_constants_equal_the_reference(golden_case):
    case = golden_case('head_init_rep')
    module = MODELS.build(dict(type='RepYOLOWorldHeadModule', **case.cfg))

    module.init_weights()

    state = module.state_dict()
    for key, expected in case.outputs.items():
        torch.testing.assert_close(state[key], expected, rtol=1e-4, atol=1e-5)


def test_folded_branch_equals_the_stored_layers():
    module = MODELS.build(SMALL)
    for _ in range(3):
        module.train()(features())  # gives the norms statistics of their own
    module.eval()
    levels = features()

    logits, _ = module(levels)

    for level, feat in enumerate(levels):
        unfolded = module.cls_contrasts[level](module.cls_preds[level](feat))
        assert unfolded.shape == logits[level].shape == (2, 7, *feat.shape[-2:])
        torch.testing.assert_close(logits[level], unfolded, rtol=1e-4, atol=1e-5)


def test_norms_without_stored_statistics_are_not_folded():
    module = MODELS.build({**SMALL, 'norm_cfg': {'type': 'GN', 'num_groups': 4}}).eval()
    levels = features()

    logits, _ = module(levels)

    expected = module.cls_contrasts[0](module.cls_preds[0](levels[0]))
    assert torch.equal(logits[0], expected)


def test_a_pass_changes_nothing_and_follows_new_weights():
    module = MODELS.build(SMALL).eval()
    before = copy.deepcopy(module.state_dict())
    levels = features()
    first, _ = module(levels)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())

    nn.init.constant_(module.cls_contrasts[0].conv.bias, 5.0)
    second, _ = module(levels)

    assert (second[0] != first[0]).all()
    assert torch.equal(second[1], first[1])


def test_training_gives_the_distribution_and_gradients_for_the_classes():
    module = MODELS.build(SMALL).train()

    logits, _, distributions = module(features())
    sum(level.square().sum() for level in logits).backward()

    assert [level.shape for level in distributions] == [(2, n * n, 4, 4) for n in (8, 4, 2)]
    assert all(head.conv.weight.grad.abs().sum() > 0 for head in module.cls_contrasts)
    assert all(head.norm.weight.grad.abs().sum() > 0 for head in module.cls_contrasts)


def test_frozen_head_freezes_its_classes_too():
    module = MODELS.build({**SMALL, 'freeze_all': True})

    assert module.train() is module

    assert not any(p.requires_grad for p in module.parameters())
    assert not any(m.training for m in module.modules() if isinstance(m, nn.BatchNorm2d))


class Doubled(nn.Module):
    """A layer around a convolution, as adapters are."""

    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, feat):
        return 2 * self.conv(feat)


@pytest.mark.parametrize('which', ['last of the branch', 'class convolution'])
def test_an_adapter_is_called_and_not_folded_away(which):
    module = MODELS.build(SMALL).eval()
    if which == 'class convolution':
        module.cls_contrasts[0].conv = Doubled(module.cls_contrasts[0].conv)
    else:
        module.cls_preds[0][-1] = Doubled(module.cls_preds[0][-1])
    levels = features()

    logits, _ = module(levels)

    assert torch.equal(logits[0], module.cls_contrasts[0](module.cls_preds[0](levels[0])))

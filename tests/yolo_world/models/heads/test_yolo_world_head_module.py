import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

import yolo_world  # noqa: F401
from yolo_world.models.heads.yolo_world_head_module import mask_padding

SMALL = {
    'type': 'YOLOWorldHeadModule',
    'num_classes': 5,
    'in_channels': [32, 64, 128],
    'widen_factor': 0.25,
    'reg_max': 4,
    'embed_dims': 12,
    'use_bn_head': True,
}


def build(**kwargs):
    return MODELS.build({**SMALL, **kwargs})


def features(batch=2):
    return [torch.randn(batch, c, s, s) for c, s in ((8, 8), (16, 4), (32, 2))]


def assert_levels(found, case, *names):
    for maps, name in zip(found, names, strict=True):
        for level, value in enumerate(maps):
            expected = case.outputs[name.format(level)]
            torch.testing.assert_close(value, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', ['head_module_l2', 'head_module_bn', 'head_module_bn_noeinsum'])
def test_outputs_equal_the_reference(golden_case, name):
    case = golden_case(name)
    module = case.load_into(MODELS.build(dict(type='YOLOWorldHeadModule', **case.cfg))).eval()
    levels, text, mask = case.levels('f'), case.inputs['text'], case.inputs['mask']

    assert_levels(module(levels, text), case, 'eval_cls{}', 'eval_box{}')
    assert_levels(module(levels, text, mask), case, 'eval_cls{}_masked', 'eval_box{}_masked')
    module.train()
    assert_levels(
        module(levels, text, mask), case, 'train_cls{}_masked', 'train_box{}', 'train_dist{}'
    )


def test_sixteen_bins_equal_the_reference(golden_case):
    case = golden_case('head_module_regmax16')
    module = case.load_into(MODELS.build(dict(type='YOLOWorldHeadModule', **case.cfg))).eval()

    outputs = module(case.levels('f'), case.inputs['text'])

    assert_levels(outputs, case, 'eval_cls{}', 'eval_box{}')


@pytest.mark.parametrize('name', ['head_init_bn', 'head_init_l2'])
def test_initial_constants_equal_the_reference(golden_case, name):
    case = golden_case(name)
    module = MODELS.build(dict(type='YOLOWorldHeadModule', **case.cfg))

    module.init_weights()

    state = module.state_dict()
    for key, expected in case.outputs.items():
        torch.testing.assert_close(state[key], expected, rtol=1e-4, atol=1e-5)


def test_number_of_texts_is_free():
    module = build().eval()

    for num_texts in (1, 5, 203):
        logits, boxes = module(features(), torch.randn(2, num_texts, 12))
        assert [x.shape[1] for x in logits] == [num_texts] * 3
        assert [x.shape[1] for x in boxes] == [4] * 3


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16, torch.bfloat16])
def test_masked_logits_are_finite_and_score_zero(dtype):
    logits = torch.randn(2, 3, 4, 4, dtype=dtype)
    mask = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])

    masked = mask_padding(logits, mask)

    assert masked.isfinite().all()
    assert torch.equal(masked[0, :2], logits[0, :2])
    assert (masked[0, 2].float().sigmoid() == 0).all()
    assert (masked[1, 1:].float().sigmoid() == 0).all()
    loss = nn.functional.binary_cross_entropy_with_logits(
        masked.float(), torch.zeros_like(masked).float()
    )
    assert loss.isfinite()


def test_frozen_head_stays_frozen_in_training():
    module = build(freeze_all=True)

    assert module.train() is module

    assert not any(p.requires_grad for p in module.parameters())
    assert not any(m.training for m in module.modules() if isinstance(m, nn.BatchNorm2d))


def test_mode_switches_return_the_module():
    module = build()

    assert module.eval() is module
    assert module.train() is module


def test_boxes_are_float32_under_autocast():
    module = build().eval()

    with torch.autocast('cpu', dtype=torch.bfloat16):
        _, boxes = module(features(), torch.randn(2, 5, 12))

    assert all(level.dtype == torch.float32 for level in boxes)

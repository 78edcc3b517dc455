import copy

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


def random_statistics(module):
    """Weights and statistics of batch norms as after a training."""
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
            nn.init.normal_(norm.weight, 1, 0.3)
            nn.init.normal_(norm.bias)
    for branch in module.cls_preds:
        nn.init.normal_(branch[-1].bias)
    return module.eval()


def unfolded(module, levels, texts, mask=None):
    """Logits by way of the embedding of every pixel."""
    logits = [
        contrast(branch(level), texts)
        for branch, contrast, level in zip(module.cls_preds, module.cls_contrasts, levels)
    ]
    return logits if mask is None else [mask_padding(level, mask) for level in logits]


@pytest.mark.parametrize('use_mask', [False, True])
@pytest.mark.parametrize('texts', ['one vocabulary', 'shared by expand', 'one per image'])
def test_folded_class_branch_equals_the_unfolded(texts, use_mask):
    module, levels = random_statistics(build()), features()
    num_images = 2 if texts == 'one per image' else 1
    texts = torch.randn(num_images, 7, 12).expand(2, -1, -1)
    mask = (torch.arange(7) < 5).float().expand(2, -1) if use_mask else None

    with torch.no_grad():
        logits, _ = module(levels, texts, mask)
        expected = unfolded(module, levels, texts, mask)

    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)


def test_folded_class_branch_under_autocast():
    module, levels, texts = random_statistics(build()), features(), torch.randn(2, 7, 12)

    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        logits, _ = module(levels, texts)
    with torch.no_grad():
        expected = unfolded(module, levels, texts)

    for level, wide in zip(logits, expected):
        assert level.dtype == torch.bfloat16
        torch.testing.assert_close(level.float(), wide, rtol=0.05, atol=0.1)


@pytest.mark.parametrize('training', [False, True])
def test_no_embedding_per_pixel_is_made(training):
    module, called = random_statistics(build()), []
    module.cls_contrasts[0].norm.register_forward_hook(lambda *_: called.append('norm'))

    module.train(training)(features(), torch.randn(2, 7, 12))
    assert not called
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=training):
        module(features(), torch.randn(2, 7, 12))
    assert bool(called) == training  # the batch's statistics are taken in full precision only


@pytest.mark.parametrize('texts', ['one vocabulary', 'one per image'])
def test_folded_training_equals_the_unfolded(texts):
    """Logits, every gradient and the running statistics."""
    module = random_statistics(build()).train()
    other = copy.deepcopy(module)
    texts = torch.randn(2 if texts == 'one per image' else 1, 7, 12).expand(2, -1, -1)
    levels = [level.requires_grad_() for level in features()]
    same = [level.detach().clone().requires_grad_() for level in levels]
    weights = [torch.randn(2, 7, *level.shape[-2:]) for level in levels]

    logits = module(levels, texts)[0]
    expected = unfolded(other, same, texts)
    for found in (logits, expected):
        sum((level * weight).sum() for level, weight in zip(found, weights)).backward()

    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        [level.grad for level in levels], [level.grad for level in same], rtol=1e-3, atol=1e-4
    )
    for (name, one), two in zip(module.named_parameters(), other.parameters()):
        if 'cls' in name:
            torch.testing.assert_close(one.grad, two.grad, rtol=1e-3, atol=1e-3)
    for (name, one), two in zip(module.named_buffers(), other.buffers()):
        if 'cls' in name:
            torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_an_adapter_around_the_last_convolution_is_called():
    module, levels, texts = random_statistics(build()), features(), torch.randn(2, 7, 12)
    branch = module.cls_preds[0]
    branch[-1] = nn.Sequential(branch[-1], nn.Hardtanh(-0.1, 0.1))

    torch.testing.assert_close(module(levels, texts)[0], unfolded(module, levels, texts))


def test_gradient_flows_through_the_folded_branch():
    module, texts = random_statistics(build()), torch.randn(2, 7, 12, requires_grad=True)
    levels = features()

    sum(level.sum() for level in module(levels, texts)[0]).backward()
    found, texts.grad = texts.grad, None
    sum(level.sum() for level in unfolded(module, levels, texts)).backward()

    torch.testing.assert_close(found, texts.grad, rtol=1e-4, atol=1e-4)

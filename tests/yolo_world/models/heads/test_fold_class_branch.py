import pytest
import torch
from torch import nn

from yolo_world.models.heads.fold_class_branch import fold_class_branch


def branch(conv_bias=True, affine=True):
    conv = nn.Conv2d(6, 12, 1, bias=conv_bias)
    norm = nn.BatchNorm2d(12, affine=affine).eval()
    for value in norm.state_dict().values():
        if value.ndim:
            value.copy_(torch.rand(12) + 0.5)
    return conv, norm


@pytest.mark.parametrize('batch', [1, 2])
@pytest.mark.parametrize(('conv_bias', 'affine'), [(True, True), (False, True), (True, False)])
@pytest.mark.parametrize('with_norm', [True, False])
def test_folded_matrix_equals_the_branch(batch, conv_bias, affine, with_norm):
    conv, norm = branch(conv_bias, affine)
    norm = norm if with_norm else None
    x, texts, offset = torch.randn(batch, 6, 3, 4), torch.randn(batch, 5, 12), torch.randn(5)
    embed = conv(x) if norm is None else norm(conv(x))
    expected = torch.einsum('bdhw,bkd->bkhw', embed, texts) + offset[:, None, None]

    weight, bias = fold_class_branch(conv, norm, texts, offset)

    assert weight.shape == (batch, 5, 6)
    assert bias.shape == (batch, 5)
    found = torch.einsum('bkc,bchw->bkhw', weight, x) + bias[:, :, None, None]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('offset', [-3.0, torch.tensor(-3.0)])
def test_bias_may_be_one_number(offset):
    conv, _ = branch(conv_bias=False)

    _, bias = fold_class_branch(conv, None, torch.randn(1, 5, 12), offset)

    assert torch.equal(bias, torch.full((1, 5), -3.0))


def test_folding_is_exact_under_autocast():
    conv, norm = branch()
    texts = torch.randn(1, 5, 12)
    expected = fold_class_branch(conv, norm, texts, 0.0)

    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = fold_class_branch(conv, norm, texts, 0.0)

    assert all(map(torch.equal, found, expected))


def test_half_precision_weights_are_folded_in_float32():
    conv, norm = branch()
    expected, _ = fold_class_branch(conv, norm, torch.ones(1, 5, 12), 0.0)

    weight, bias = fold_class_branch(conv.half(), norm.half(), torch.ones(1, 5, 12), 0.0)

    assert weight.dtype == bias.dtype == torch.float16
    torch.testing.assert_close(weight.float(), expected, rtol=5e-3, atol=5e-3)


def test_gradients_flow_to_texts_and_weights():
    conv, norm = branch()
    texts = torch.randn(1, 5, 12, requires_grad=True)

    sum(part.sum() for part in fold_class_branch(conv, norm, texts, 0.0)).backward()

    assert texts.grad.abs().sum() > 0
    assert conv.weight.grad.abs().sum() > 0

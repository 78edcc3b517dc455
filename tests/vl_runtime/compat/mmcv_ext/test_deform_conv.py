"""Deformable convolutions through mmcv's public functions."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.ops import DeformConv2dPack, ModulatedDeformConv2dPack, deform_conv2d
from mmcv.ops import modulated_deform_conv2d as modulated
from torch.autograd import gradcheck

# stride, padding, dilation, groups, deformable groups
GEOMETRIES = [
    (1, 1, 1, 1, 1),
    (2, 1, 1, 2, 1),
    ((1, 2), (2, 0), (2, 1), 1, 2),
    (2, 2, 2, 4, 4),
]


def case(geometry, dtype=torch.float32, batch=2):
    """Input, weight, bias and the shape of the output grid."""
    stride, padding, dilation, groups, _ = geometry
    features = torch.randn(batch, 4, 7, 8, dtype=dtype)
    weight, bias = torch.randn(8, 4 // groups, 3, 3, dtype=dtype), torch.randn(8, dtype=dtype)
    plain = F.conv2d(features, weight, bias, stride, padding, dilation, groups)
    return features, weight, bias, plain


@pytest.mark.parametrize('geometry', GEOMETRIES)
def test_zero_offset_is_an_ordinary_convolution(geometry):
    features, weight, bias, plain = case(geometry)
    offset = torch.zeros(2, geometry[-1] * 18, *plain.shape[2:])

    result = deform_conv2d(features, offset, weight, *geometry)

    torch.testing.assert_close(result, plain - bias[:, None, None], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('geometry', GEOMETRIES)
def test_zero_offset_and_full_mask_is_an_ordinary_convolution(geometry):
    features, weight, bias, plain = case(geometry)
    offset = torch.zeros(2, geometry[-1] * 18, *plain.shape[2:])
    mask = torch.ones(2, geometry[-1] * 9, *plain.shape[2:])

    result = modulated(features, offset, mask, weight, bias, *geometry)

    torch.testing.assert_close(result, plain, rtol=1e-4, atol=1e-4)


def test_offset_of_one_column_reads_the_neighbour():
    features = torch.arange(6.0).reshape(1, 1, 2, 3)
    offset = torch.zeros(1, 2, 2, 3)
    offset[:, 1] = 1.0  # y first, then x

    result = deform_conv2d(features, offset, torch.ones(1, 1, 1, 1))

    assert result[0, 0].tolist() == [[1.0, 2.0, 0.0], [4.0, 5.0, 0.0]]


def test_mask_scales_a_tap():
    features, mask = torch.ones(1, 1, 2, 2), torch.tensor([[0.0, 0.25], [0.5, 1.0]])

    result = modulated(features, torch.zeros(1, 2, 2, 2), mask[None, None], torch.ones(1, 1, 1, 1))

    torch.testing.assert_close(result[0, 0], mask)


@pytest.mark.parametrize('geometry', GEOMETRIES)
def test_gradients_are_right(geometry):
    features, weight, _, plain = case(geometry, torch.float64, batch=1)
    offset = torch.randn(1, geometry[-1] * 18, *plain.shape[2:], dtype=torch.float64)
    leaves = [tensor.requires_grad_() for tensor in (features, offset, weight)]

    assert gradcheck(lambda *x: deform_conv2d(*x, *geometry), leaves, fast_mode=True)


@pytest.mark.parametrize('geometry', GEOMETRIES)
@pytest.mark.parametrize('with_bias', [True, False])
def test_gradients_of_the_modulated_convolution_are_right(geometry, with_bias):
    features, weight, bias, plain = case(geometry, torch.float64, batch=1)
    offset = torch.randn(1, geometry[-1] * 18, *plain.shape[2:], dtype=torch.float64)
    mask = torch.rand(1, geometry[-1] * 9, *plain.shape[2:], dtype=torch.float64)
    leaves = [tensor.requires_grad_() for tensor in (features, offset, mask, weight, bias)]

    def convolve(*x):
        return modulated(*x[:4], x[4] if with_bias else None, *geometry)

    assert gradcheck(convolve, leaves[: 4 + with_bias], fast_mode=True)


@pytest.mark.parametrize('module', [DeformConv2dPack, ModulatedDeformConv2dPack])
def test_modules_train_under_autocast(module):
    layer = module(4, 4, 3, padding=1)

    with torch.autocast('cpu', dtype=torch.bfloat16):
        result = layer(torch.randn(2, 4, 5, 5))
    result.float().sum().backward()

    assert result.dtype == torch.bfloat16
    assert all(p.grad is not None and p.grad.isfinite().all() for p in layer.parameters())


def test_wrong_input_channels_are_named():
    with pytest.raises(ValueError, match=r'expected 8 input channels \(2 groups of 4\), found 4'):
        deform_conv2d(
            torch.ones(1, 4, 3, 3), torch.zeros(1, 2, 3, 3), torch.ones(2, 4, 1, 1), 1, 0, 1, 2
        )


def test_wrong_offset_channels_are_named():
    message = r'expected 4 offset channels \(2 x 2 deformable groups x 1 taps\), found 2'
    with pytest.raises(ValueError, match=message):
        deform_conv2d(
            torch.ones(1, 4, 3, 3), torch.zeros(1, 2, 3, 3), torch.ones(2, 4, 1, 1), 1, 0, 1, 1, 2
        )

"""Multi-scale deformable attention, the operator behind mmcv's module on a GPU."""

import pytest
import torch
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)
from torch.autograd import gradcheck

SHAPES = torch.tensor([[3, 4], [2, 1]])
STARTS = torch.tensor([0, 12])


@pytest.fixture
def inputs():
    """Values (2, 14, 3, 4), locations (2, 5, 3, 2, 2, 2), some outside, and weights."""
    value = torch.randn(2, 14, 3, 4, dtype=torch.float64)
    locations = torch.rand(2, 5, 3, 2, 2, 2, dtype=torch.float64) * 1.6 - 0.3
    weights = torch.rand(2, 5, 3, 2, 2, dtype=torch.float64)
    return [tensor.requires_grad_() for tensor in (value, locations, weights)]


def attend(value, locations, weights):
    return MultiScaleDeformableAttnFunction.apply(value, SHAPES, STARTS, locations, weights, 64)


def test_result_and_gradients_equal_the_plain_function_of_mmcv(inputs):
    value, locations, weights = inputs
    ours = attend(value, locations, weights)
    plain = multi_scale_deformable_attn_pytorch(value, SHAPES, locations, weights)
    pull = torch.randn_like(plain)

    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(
        torch.autograd.grad(ours, inputs, pull), torch.autograd.grad(plain, inputs, pull)
    )


def test_gradients_are_right(inputs):
    assert gradcheck(attend, inputs, fast_mode=True)


def test_level_start_index_is_honoured(inputs):
    value, locations, weights = inputs
    padded = torch.cat([value[:, :12], torch.full_like(value[:, :3], 99.0), value[:, 12:]], dim=1)

    moved = MultiScaleDeformableAttnFunction.apply(
        padded, SHAPES, torch.tensor([0, 15]), locations, weights, 64
    )

    torch.testing.assert_close(moved, attend(value, locations, weights))


def test_centre_of_a_cell_is_that_cell():
    value = torch.arange(14.0).reshape(1, 14, 1, 1)
    locations = torch.tensor([[2.5 / 4, 1.5 / 3], [0.5, 1.5 / 2]]).reshape(1, 1, 1, 2, 1, 2)
    weights = torch.tensor([1.0, 10.0]).reshape(1, 1, 1, 2, 1)

    # row 1, column 2 of the first level is cell 6; row 1 of the second is cell 13
    torch.testing.assert_close(attend(value, locations, weights), torch.tensor([[[136.0]]]))


def test_half_precision_values_keep_their_format(inputs):
    value, locations, weights = (tensor.detach().float() for tensor in inputs)
    half = value.bfloat16().requires_grad_()

    result = attend(half, locations, weights)
    result.sum().backward()

    assert result.dtype == half.grad.dtype == torch.bfloat16

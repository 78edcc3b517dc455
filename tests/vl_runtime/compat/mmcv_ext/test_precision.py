"""Number formats and recomputed gradients."""

import pytest
import torch

from vl_runtime.compat.mmcv_ext.precision import gradients, widened


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.int64, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_formats_below_float32_are_widened(given, expected):
    assert widened(torch.ones(2, dtype=given)).dtype == expected


def test_widened_has_no_graph():
    assert not widened(torch.ones(2, requires_grad=True)).requires_grad


def test_gradients_of_a_product_also_without_grad_mode_and_under_autocast():
    left, right, pull = torch.tensor([2.0]), torch.tensor([3.0]), torch.tensor([10.0])

    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        found = gradients(lambda a, b: a * b, [left, right], pull)

    assert [grad.item() for grad in found] == [30.0, 20.0]
    assert left.grad is None

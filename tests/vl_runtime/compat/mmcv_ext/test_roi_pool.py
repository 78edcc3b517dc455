"""RoIPool through mmcv's public module."""

import math

import pytest
import torch
import torchvision.ops
from mmcv.ops import RoIPool, roi_pool
from torch.autograd import gradcheck

from vl_runtime.compat.mmcv_ext import roi_pool as operator

REGIONS = torch.tensor(
    [
        [0.0, 0.0, 0.0, 7.0, 5.0],
        [1.0, 2.6, 1.2, 9.9, 3.4],
        [1.0, -4.0, 3.0, 5.0, 30.0],
        [0.0, 40.0, 40.0, 50.0, 50.0],
    ]
)


def cell_by_cell(features, regions, bins, scale):
    """The definition, one bin after the other."""
    height, width = features.shape[2:]
    result = features.new_zeros(len(regions), features.size(1), *bins)
    for k, (image, x1, y1, x2, y2) in enumerate(regions.tolist()):
        x1, y1, x2, y2 = x1 * scale, y1 * scale, (x2 + 1) * scale, (y2 + 1) * scale
        step_y, step_x = (y2 - y1) / bins[0], (x2 - x1) / bins[1]
        for i in range(bins[0]):
            for j in range(bins[1]):
                top = max(math.floor(y1 + i * step_y), 0)
                bottom = min(math.ceil(y1 + (i + 1) * step_y), height)
                left = max(math.floor(x1 + j * step_x), 0)
                right = min(math.ceil(x1 + (j + 1) * step_x), width)
                if top < bottom and left < right:
                    cells = features[int(image), :, top:bottom, left:right]
                    result[k, :, i, j] = cells.amax(dim=(1, 2))
    return result


@pytest.mark.parametrize('scale', [1.0, 0.5, 0.3])
def test_pooling_follows_the_definition(scale):
    features = torch.randn(2, 3, 9, 10)

    pooled = RoIPool((2, 3), scale)(features, REGIONS)

    torch.testing.assert_close(pooled, cell_by_cell(features, REGIONS, (2, 3), scale))


def test_whole_cells_equal_torchvision():
    features = torch.randn(2, 3, 12, 12)
    regions = torch.tensor([[0.0, 0.0, 0.0, 7.0, 5.0], [1.0, 2.0, 3.0, 9.0, 11.0]])

    pooled = roi_pool(features, regions, 3, 1.0)

    torch.testing.assert_close(pooled, torchvision.ops.roi_pool(features, regions, 3, 1.0))


def test_gradients_are_right():
    features = torch.randn(2, 2, 6, 7, dtype=torch.float64, requires_grad=True)

    assert gradcheck(lambda x: roi_pool(x, REGIONS.double(), (2, 3), 0.5), [features])


def test_a_malformed_region_gives_zero_and_no_gradient():
    features = torch.ones(1, 1, 4, 4, requires_grad=True)

    pooled = roi_pool(features, torch.tensor([[0.0, 3.0, 3.0, 1.0, 1.0]]), 2, 1.0)
    pooled.sum().backward()

    assert not pooled.any()
    assert not features.grad.any()


def test_small_steps_give_the_same_result(monkeypatch):
    features = torch.randn(2, 3, 9, 10)
    at_once = roi_pool(features, REGIONS, (2, 3), 0.5)

    monkeypatch.setattr(operator, '_MAX_CELLS', 1)

    torch.testing.assert_close(roi_pool(features, REGIONS, (2, 3), 0.5), at_once)


def test_half_precision_features_keep_their_format():
    features = torch.arange(16.0).reshape(1, 1, 4, 4).bfloat16().requires_grad_()

    pooled = roi_pool(features, torch.tensor([[0.0, 0.0, 0.0, 3.0, 3.0]]), 1, 1.0)
    pooled.sum().backward()

    assert pooled.dtype == features.grad.dtype == torch.bfloat16
    assert pooled.item() == 15
    assert features.grad.flatten().nonzero().tolist() == [[15]]


def test_no_regions_give_an_empty_result():
    assert roi_pool(torch.ones(1, 2, 4, 4), REGIONS[:0], 2, 1.0).shape == (0, 2, 2, 2)

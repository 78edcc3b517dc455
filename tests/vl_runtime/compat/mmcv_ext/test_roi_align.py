"""RoIAlign through mmcv's public function."""

import pytest
import torch
import torchvision.ops
from mmcv.ops import RoIAlign, roi_align
from torch.autograd import gradcheck

# f(y, x) = 10 y + x on a 4 x 4 map; the region is the whole map
RAMP = (10 * torch.arange(4.0)[:, None] + torch.arange(4.0)).reshape(1, 1, 4, 4)
WHOLE = torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
REGIONS = torch.tensor(
    [[0.0, 0.3, 0.2, 5.1, 3.7], [1.0, -1.5, 2.0, 4.0, 9.0], [1.0, 2.2, 1.1, 2.9, 6.3]]
)


@pytest.mark.parametrize(
    ('aligned', 'mode', 'expected'),
    # samples at 1 and 3, half a cell less when aligned
    [(True, 'avg', 16.5), (True, 'max', 27.5), (False, 'avg', 22.0), (False, 'max', 33.0)],
)
def test_one_bin_of_a_ramp(aligned, mode, expected):
    pooled = roi_align(RAMP, WHOLE, 1, 1.0, 2, mode, aligned)

    torch.testing.assert_close(pooled, torch.full((1, 1, 1, 1), expected))


def test_gradient_of_the_maximum_goes_to_the_cells_of_the_best_sample():
    features = RAMP.clone().requires_grad_()

    roi_align(features, WHOLE, 1, 1.0, 2, 'max', True).sum().backward()

    expected = torch.zeros(4, 4)
    expected[2:, 2:] = 0.25
    torch.testing.assert_close(features.grad[0, 0], expected)


@pytest.mark.parametrize('mode', ['avg', 'max'])
@pytest.mark.parametrize('ratio', [0, 2])
@pytest.mark.parametrize('aligned', [True, False])
def test_gradients_are_right(mode, ratio, aligned):
    features = torch.randn(2, 2, 6, 7, dtype=torch.float64, requires_grad=True)

    def pool(x):
        return roi_align(x, REGIONS.double(), (2, 3), 0.5, ratio, mode, aligned)

    assert gradcheck(pool, [features])


def test_mean_equals_torchvision():
    features = torch.randn(2, 3, 8, 8)

    ours = RoIAlign((3, 2), spatial_scale=0.5, sampling_ratio=0)(features, REGIONS)

    theirs = torchvision.ops.roi_align(features, REGIONS, (3, 2), 0.5, -1, True)
    torch.testing.assert_close(ours, theirs)


def test_regions_with_different_grids_equal_each_region_alone():
    features = torch.randn(2, 3, 8, 8)

    together = roi_align(features, REGIONS, 2, 1.0, 0, 'max', True)

    alone = [roi_align(features, region[None], 2, 1.0, 0, 'max', True) for region in REGIONS]
    torch.testing.assert_close(together, torch.cat(alone))


def test_a_region_without_area_gives_zero_and_no_gradient():
    features = RAMP.clone().requires_grad_()

    pooled = roi_align(features, torch.tensor([[0.0, 2.0, 2.0, 2.0, 2.0]]), 2, 1.0, 0, 'max', True)
    pooled.sum().backward()

    assert not pooled.any()
    assert not features.grad.any()


@pytest.mark.parametrize('mode', ['avg', 'max'])
def test_half_precision_features_keep_their_format(mode):
    features = RAMP.bfloat16().requires_grad_()

    with torch.autocast('cpu', dtype=torch.bfloat16):
        pooled = roi_align(features, WHOLE, 1, 1.0, 2, mode, True)
    pooled.sum().backward()

    assert pooled.dtype == features.grad.dtype == torch.bfloat16
    assert pooled.item() == {'avg': 16.5, 'max': 27.5}[mode]


def test_no_regions_give_an_empty_result():
    assert roi_align(RAMP, WHOLE[:0], 2, 1.0, 0, 'max', True).shape == (0, 1, 2, 2)

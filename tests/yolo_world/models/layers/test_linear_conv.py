import pytest
import torch

from yolo_world.models.layers.linear_conv import linear_conv

NORM = {'type': 'BN'}


@pytest.mark.parametrize(('use_depthwise', 'weights'), [(False, 4 * 6 * 9), (True, 4 * 9 + 4 * 6)])
def test_only_the_weights_differ_between_full_and_depthwise(use_depthwise, weights):
    conv = linear_conv(4, 6, 3, 1, use_depthwise, None, NORM).eval()

    x = torch.randn(1, 4, 5, 5)

    assert conv(x).shape == (1, 6, 5, 5)
    assert conv(x).min() < 0  # no activation
    assert sum(p.numel() for p in conv.parameters() if p.dim() == 4) == weights

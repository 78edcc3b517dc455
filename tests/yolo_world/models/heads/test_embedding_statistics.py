import copy

import pytest
import torch
from torch import nn

from yolo_world.models.heads.embedding_statistics import embedding_statistics


@pytest.mark.parametrize('conv_bias', [True, False])
@pytest.mark.parametrize('momentum', [0.03, None])
def test_statistics_are_those_of_a_call_of_the_norm(conv_bias, momentum):
    conv = nn.Conv2d(6, 12, 1, bias=conv_bias)
    norm = nn.BatchNorm2d(12, momentum=momentum)
    called = copy.deepcopy(norm)
    for _ in range(2):
        hidden = torch.randn(3, 6, 4, 5) * torch.linspace(0.1, 3, 6)[:, None, None] + 2
        embed = conv(hidden)
        called(embed)

        mean, variance = embedding_statistics(norm, conv, hidden)

        torch.testing.assert_close(mean, embed.mean((0, 2, 3)), rtol=1e-4, atol=1e-5)
        expected = embed.var((0, 2, 3), unbiased=False)
        torch.testing.assert_close(variance, expected, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(norm.state_dict(), called.state_dict(), rtol=1e-4, atol=1e-5)


def test_a_large_mean_does_not_drown_the_variance():
    conv, norm = nn.Conv2d(6, 12, 1), nn.BatchNorm2d(12)
    hidden = torch.randn(2, 6, 8, 8) + 1000

    _, variance = embedding_statistics(norm, conv, hidden)

    expected = conv.double()(hidden.double()).var((0, 2, 3), unbiased=False).float()
    torch.testing.assert_close(variance, expected, rtol=1e-3, atol=1e-6)


def test_in_evaluation_they_are_the_stored_ones():
    conv, norm = nn.Conv2d(6, 12, 1), nn.BatchNorm2d(12).eval()
    norm.running_mean.fill_(3)

    mean, variance = embedding_statistics(norm, conv, torch.randn(1, 6, 2, 2))

    assert mean.tolist() == [3.0] * 12
    assert variance.tolist() == [1.0] * 12
    assert norm.num_batches_tracked == 0


def test_one_pixel_has_no_variance():
    with pytest.raises(ValueError, match=r'more than one pixel, found a batch \(1, 6, 1, 1\)'):
        embedding_statistics(nn.BatchNorm2d(12), nn.Conv2d(6, 12, 1), torch.randn(1, 6, 1, 1))

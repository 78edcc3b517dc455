"""What a batch norm would see of embeddings that are never made.

Letters: B images, C hidden width, D embedding width, H x W grid.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def embedding_statistics(
    norm: nn.BatchNorm2d, last_conv: nn.Conv2d, hidden: Tensor
) -> tuple[Tensor, Tensor]:
    """Mean and variance (D,) with which ``norm`` normalises ``last_conv(hidden)``.

    In training these are the batch's: the mean of a linear map follows from the mean of its
    input, its variance from the covariance (C, C) of its input, a quarter of the work of making the
    embedding for C = D / 4. Gradients flow through both, and the running statistics of
    ``norm`` move as in a call of it. Otherwise they are the running statistics.

    Args:
        norm: over D channels.
        last_conv: 1 x 1 convolution from C to D channels.
        hidden: (B, C, H, W), its input.

    Raises:
        ValueError: training with a single pixel, which has no variance.
    """
    if not norm.training:
        return norm.running_mean, norm.running_var
    rows = hidden.flatten(2)
    count = rows.shape[0] * rows.shape[2]
    if count == 1:
        raise ValueError(
            f'batch norm in training: expected more than one pixel, found a batch '
            f'{tuple(hidden.shape)}; use larger images or batches.'
        )
    input_mean = rows.mean(dim=(0, 2))
    centred = rows - input_mean[:, None]
    covariance = (centred @ centred.mT).sum(dim=0) / count
    kernel = last_conv.weight.flatten(1)
    mean = kernel @ input_mean
    if last_conv.bias is not None:
        mean = mean + last_conv.bias
    variance = ((kernel @ covariance) * kernel).sum(dim=1).clamp_min(0)
    with torch.no_grad():
        _track(norm, mean, variance * count / (count - 1))
    return mean, variance


def _track(norm: nn.BatchNorm2d, mean: Tensor, unbiased_variance: Tensor) -> None:
    """Move the running statistics as ``torch.nn.BatchNorm2d`` does."""
    norm.num_batches_tracked.add_(1)
    momentum = norm.momentum
    if momentum is None:  # torch's cumulative average
        momentum = 1.0 / float(norm.num_batches_tracked)
    norm.running_mean.lerp_(mean, momentum)
    norm.running_var.lerp_(unbiased_variance, momentum)

"""RoIAlign: mean or maximum of bilinear samples in each bin of a region.

Shapes: K regions of (image index, x1, y1, x2, y2) in image pixels; features
(B, C, H, W); output (K, C, bins_y, bins_x). A bin holds ``grid_y x grid_x``
samples: ``sampling_ratio`` each, or with 0 one for every started feature cell.

A region without area has bins without samples; its output is 0 and it gets no
gradient.

Source: Mask R-CNN, arXiv:1703.06870.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torchvision.ops
from torch import Tensor

from .precision import gradients, widened

__all__ = ['roi_align_forward', 'roi_align_backward']

_MAX = 0  # `pool_mode` of mmcv; 1 is the mean


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output``; for the maximum also the row and column of the best sample.

    ``argmax_y`` and ``argmax_x`` (shape of ``output``) count samples inside the
    bin; they are read by the backward operator only.
    """
    features = widened(input)
    rois, bins = widened(rois).to(features.dtype), (aligned_height, aligned_width)
    if pool_mode != _MAX:
        mean = torchvision.ops.roi_align(
            features, rois, bins, spatial_scale, sampling_ratio, aligned
        )
        output.copy_(mean)
        return
    for rows, grid in _same_grid(rois, bins, spatial_scale, sampling_ratio, aligned):
        samples = _all_samples(features, rois[rows], bins, grid, spatial_scale, aligned)
        best, where = _by_bin(samples, bins, grid).max(dim=-1)
        output[rows] = best.to(output.dtype)
        argmax_y[rows] = where.div(grid[1], rounding_mode='floor').to(argmax_y.dtype)
        argmax_x[rows] = (where % grid[1]).to(argmax_x.dtype)


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` (shape of the features); regions get no gradient."""
    grad = widened(grad_output)
    rois, bins = widened(rois).to(grad.dtype), (aligned_height, aligned_width)
    blank = grad.new_zeros(grad_input.shape)  # sampling is linear: values don't matter
    if pool_mode != _MAX:
        (total,) = gradients(
            lambda x: torchvision.ops.roi_align(
                x, rois, bins, spatial_scale, sampling_ratio, aligned
            ),
            [blank],
            grad,
        )
        grad_input.copy_(total)
        return
    total = torch.zeros_like(blank)
    for rows, grid in _same_grid(rois, bins, spatial_scale, sampling_ratio, aligned):
        where = (argmax_y[rows] * grid[1] + argmax_x[rows]).long()
        by_bin = grad.new_zeros((*where.shape, grid[0] * grid[1]))
        by_bin.scatter_(-1, where[..., None], grad[rows][..., None])
        total += _samples_gradient(blank, rois[rows], by_bin, grid, spatial_scale, aligned)
    grad_input.copy_(total)


def _samples_gradient(
    blank: Tensor,
    rois: Tensor,
    by_bin: Tensor,
    grid: tuple[int, int],
    spatial_scale: float,
    aligned: bool,
) -> Tensor:
    """Gradient of the features from that of all samples, (K, C, bins_y, bins_x, samples)."""
    bins = (by_bin.size(2), by_bin.size(3))
    (total,) = gradients(
        lambda x: _by_bin(_all_samples(x, rois, bins, grid, spatial_scale, aligned), bins, grid),
        [blank],
        by_bin,
    )
    return total


def _all_samples(
    features: Tensor,
    rois: Tensor,
    bins: tuple[int, int],
    grid: tuple[int, int],
    spatial_scale: float,
    aligned: bool,
) -> Tensor:
    """Every sample by itself: RoIAlign with one sample in each of bins x grid cells."""
    cells = (bins[0] * grid[0], bins[1] * grid[1])
    return torchvision.ops.roi_align(features, rois, cells, spatial_scale, 1, aligned)


def _by_bin(samples: Tensor, bins: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """(K, C, bins_y * grid_y, bins_x * grid_x) -> (K, C, bins_y, bins_x, grid_y * grid_x)."""
    regions, channels = samples.shape[:2]
    split = samples.reshape(regions, channels, bins[0], grid[0], bins[1], grid[1])
    return split.transpose(3, 4).reshape(regions, channels, *bins, grid[0] * grid[1])


def _same_grid(
    rois: Tensor, bins: tuple[int, int], spatial_scale: float, sampling_ratio: int, aligned: bool
) -> Iterator[tuple[Tensor, tuple[int, int]]]:
    """Indices of the regions that share a grid (y, x), for each grid with samples."""
    if sampling_ratio > 0:
        yield torch.arange(len(rois), device=rois.device), (sampling_ratio, sampling_ratio)
        return
    shift = 0.5 if aligned else 0.0
    start, stop = rois[:, [2, 1]] * spatial_scale - shift, rois[:, [4, 3]] * spatial_scale - shift
    sides = stop - start if aligned else (stop - start).clamp(min=1)
    grids = (sides / sides.new_tensor(bins)).ceil().clamp(min=0).long()
    for grid in torch.unique(grids, dim=0).tolist():
        if min(grid) > 0:
            rows = (grids == grids.new_tensor(grid)).all(dim=1).nonzero()[:, 0]
            yield rows, (grid[0], grid[1])

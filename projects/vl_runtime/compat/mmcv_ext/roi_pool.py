"""RoIPool: the maximum of the feature cells that a bin of a region touches.

mmcv keeps fractions of a cell (a region ends at ``(x2 + 1) * spatial_scale``),
torchvision rounds regions to whole cells first; so this is plain torch.

Shapes: K regions of (image index, x1, y1, x2, y2) in image pixels; features
(B, C, H, W); output and argmax (K, C, bins_y, bins_x).

Source: Fast R-CNN, arXiv:1504.08083.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .precision import widened

__all__ = ['roi_pool_forward', 'roi_pool_backward']

_MAX_CELLS = 2**24  # feature cells that are looked at in one step (64 MB in float32)


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``output``, and ``argmax`` with y * W + x of the cell, -1 for an empty bin (0)."""
    features = widened(input)
    rois = widened(rois).to(features.dtype)
    height, width = features.shape[2:]
    start_y, stop_y = _bins(rois[:, [2, 4]], pooled_height, spatial_scale, height)
    start_x, stop_x = _bins(rois[:, [1, 3]], pooled_width, spatial_scale, width)
    malformed = (rois[:, 3:] + 1 <= rois[:, 1:3]).any(dim=1)
    stop_x[malformed] = start_x[malformed]
    cells_last = features.permute(0, 2, 3, 1).contiguous()
    for rows in _steps(features.size(1), stop_y - start_y, stop_x - start_x):
        ys, valid_y = _cells(start_y[rows], stop_y[rows], height)
        xs, valid_x = _cells(start_x[rows], stop_x[rows], width)
        image = rois[rows, 0].long()[:, None, None, None, None]
        cells = cells_last[image, ys[:, :, None, :, None], xs[:, None, :, None, :]]
        valid = valid_y[:, :, None, :, None] & valid_x[:, None, :, None, :]
        best, where = cells.masked_fill(~valid[..., None], -torch.inf).flatten(3, 4).max(dim=3)
        places = (ys[:, :, None, :, None] * width + xs[:, None, :, None, :]).flatten(3)
        empty = ~valid.flatten(3).any(dim=3)[..., None]
        place = places.gather(3, where).masked_fill(empty, -1)
        output[rows] = best.masked_fill(empty, 0).permute(0, 3, 1, 2).to(output.dtype)
        argmax[rows] = place.permute(0, 3, 1, 2).to(argmax.dtype)


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """Fill ``grad_input`` (shape of the features): each bin's gradient goes to its cell."""
    grad = widened(grad_output)
    _, channels, height, width = grad_input.shape
    channel = torch.arange(channels, device=grad.device)
    plane = (rois[:, 0].long()[:, None] * channels + channel) * (height * width)
    place = plane[:, :, None, None] + argmax
    pooled = argmax >= 0
    total = grad.new_zeros(grad_input.numel())
    total.index_add_(0, place[pooled], grad[pooled])
    grad_input.copy_(total.view_as(grad_input))


def _bins(edges: Tensor, num_bins: int, spatial_scale: float, limit: int) -> tuple[Tensor, Tensor]:
    """First and one-past-last cell of every bin, each (K, num_bins), for one axis.

    ``edges`` (K, 2) holds a region's first and last pixel on that axis.
    """
    low, high = edges[:, :1] * spatial_scale, (edges[:, 1:] + 1) * spatial_scale
    step = (high - low) / num_bins
    index = torch.arange(num_bins, device=edges.device, dtype=edges.dtype)
    start = (index * step + low).floor().clamp(0, limit)
    stop = ((index + 1) * step + low).ceil().clamp(0, limit)
    return start.long(), stop.long()


def _steps(channels: int, heights: Tensor, widths: Tensor) -> list[slice]:
    """Runs of regions that together look at no more than ``_MAX_CELLS`` cells."""
    num_regions = heights.size(0)
    if num_regions == 0:
        return []
    tallest, widest = max(int(heights.max()), 1), max(int(widths.max()), 1)
    cells = channels * heights.size(1) * widths.size(1) * tallest * widest
    step = max(_MAX_CELLS // cells, 1)
    return [slice(first, first + step) for first in range(0, num_regions, step)]


def _cells(start: Tensor, stop: Tensor, limit: int) -> tuple[Tensor, Tensor]:
    """Cells of each bin, (K, bins, longest), and which of them belong to it."""
    longest = max(int((stop - start).max()), 1)
    cells = start[..., None] + torch.arange(longest, device=start.device)
    return cells.clamp(max=limit - 1), cells < stop[..., None]

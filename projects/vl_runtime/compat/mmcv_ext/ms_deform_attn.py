"""Multi-scale deformable attention.

Shapes: value (B, S, M, D), S the cells of all levels in a row, M heads of width
D; value_spatial_shapes (L, 2) as (h, w); value_level_start_index (L,);
sampling_locations (B, Q, M, L, P, 2) as (x, y) in 0..1 of a level;
attention_weights (B, Q, M, L, P); output (B, Q, M * D).

``im2col_step`` belongs to the signature of the compiled operators and is not
needed here.

Source: Deformable DETR, arXiv:2010.04159.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import gradients, widened

__all__ = ['ms_deform_attn_forward', 'ms_deform_attn_backward']


def ms_deform_attn_forward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int,
) -> Tensor:
    """The attended values, (B, Q, M * D), in the dtype of ``value``."""
    with torch.autocast(device_type=value.device.type, enabled=False):
        attended = _attend(
            widened(value),
            widened(sampling_locations),
            widened(attention_weights),
            _levels(value_spatial_shapes, value_level_start_index),
        )
    return attended.to(value.dtype)


def ms_deform_attn_backward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    im2col_step: int,
) -> None:
    """Fill the gradients of values, locations and weights."""
    levels = _levels(value_spatial_shapes, value_level_start_index)
    grads = gradients(
        lambda *inputs: _attend(*inputs, levels),
        [widened(value), widened(sampling_locations), widened(attention_weights)],
        widened(grad_output),
    )
    for buffer, grad in zip((grad_value, grad_sampling_loc, grad_attn_weight), grads, strict=True):
        buffer.copy_(grad)


def _levels(spatial_shapes: Tensor, start_index: Tensor) -> list[tuple[int, int, int]]:
    """(first cell, height, width) of each level."""
    sizes = torch.cat([start_index[:, None], spatial_shapes], dim=1).tolist()
    return [tuple(size) for size in sizes]


def _attend(
    value: Tensor, locations: Tensor, weights: Tensor, levels: list[tuple[int, int, int]]
) -> Tensor:
    """Weighted sum of the bilinear samples of all levels; outside a level is 0."""
    batch, _, heads, width = value.shape
    queries = locations.size(1)
    # (B, M, D, S) and (B * M, Q, L, P, 2), the grid in -1..1
    maps = value.permute(0, 2, 3, 1)
    grids = (2 * locations - 1).transpose(1, 2).flatten(0, 1)
    weights = weights.transpose(1, 2).flatten(0, 1)
    total = value.new_zeros(batch * heads, width, queries)
    for level, (first, high, wide) in enumerate(levels):
        plane = maps[..., first : first + high * wide].reshape(batch * heads, width, high, wide)
        samples = F.grid_sample(plane, grids[:, :, level], align_corners=False)
        total = total + (samples * weights[:, None, :, level]).sum(dim=-1)
    return total.view(batch, heads * width, queries).transpose(1, 2).contiguous()

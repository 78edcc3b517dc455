"""A 1 x 1 convolution of a concatenation that is never made.

Letters: B images, C channels in, O channels out, H x W grid.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from torch import Tensor
from torch.nn import functional as F

from yolo_world.models.layers.plain_conv import is_plain_conv1x1


def conv_of_parts(layer: ConvModule, parts: Sequence[Tensor]) -> Tensor:
    """``layer`` of the parts, concatenated over channels: (B, O, H, W).

    A 1 x 1 convolution of a concatenation is the sum of one product per part, and it may
    come before a nearest-neighbour upsampling as well as after it, where it costs four
    times as much. On a CPU that is what happens; other devices, exported graphs, autocast and
    layers that are more than a plain 1 x 1 convolution get the concatenation. The values are equal
    up to rounding.

    Args:
        layer: convolution, norm, activation.
        parts: maps (B, C_i, H, W); the first may be (B, C_0, H/2, W/2) and counts as
            upsampled.
    """
    is_coarse = parts[0].shape[-1] != parts[-1].shape[-1]
    if not _is_sum_of_products(layer, parts[0]):
        first = F.interpolate(parts[0], scale_factor=2.0) if is_coarse else parts[0]
        return layer(torch.cat([first, *parts[1:]], dim=1))
    if torch.is_grad_enabled():
        total = _sum_with_gradient(layer.conv.weight, parts, is_coarse)
    else:
        total = _sum(layer.conv.weight, parts, is_coarse)
    if layer.conv.bias is not None:
        total = total.add_(layer.conv.bias[:, None, None])
    if layer.with_norm:
        total = layer.norm(total)
    return layer.activate(total) if layer.with_activation else total


def _is_sum_of_products(layer: ConvModule, part: Tensor) -> bool:
    return (
        part.is_cpu
        and part.is_contiguous()  # channels-last maps stay so in a convolution
        and not torch.is_autocast_enabled('cpu')  # sums in place keep their type
        and type(layer) is ConvModule
        and layer.order == ('conv', 'norm', 'act')
        and is_plain_conv1x1(layer.conv)
        and not (layer._forward_hooks or layer._forward_pre_hooks)
        and not (torch.jit.is_tracing() or torch.onnx.is_in_onnx_export())
    )


def _sum(weight: Tensor, parts: Sequence[Tensor], is_coarse: bool) -> Tensor:
    """One product per part, each added to the sum in place."""
    kernels = weight.flatten(1).split([part.shape[1] for part in parts], dim=1)
    total = (kernels[0] @ parts[0].flatten(2)).unflatten(2, parts[0].shape[-2:])
    if is_coarse:
        total = F.interpolate(total, scale_factor=2.0)
    rows = total.flatten(2)
    for kernel, part in zip(kernels[1:], parts[1:]):
        if len(part) == 1:  # half the time of a batch of one
            rows[0].addmm_(kernel, part[0].flatten(1))
        else:
            rows.baddbmm_(kernel.expand(len(part), -1, -1), part.flatten(2))
    return total


def _sum_with_gradient(weight: Tensor, parts: Sequence[Tensor], is_coarse: bool) -> Tensor:
    """A product for the coarse part, one for all others."""
    if not is_coarse:
        return F.conv2d(torch.cat(parts, dim=1), weight)
    num_coarse = parts[0].shape[1]
    total = F.interpolate(F.conv2d(parts[0], weight[:, :num_coarse]), scale_factor=2.0)
    return total + F.conv2d(torch.cat(parts[1:], dim=1), weight[:, num_coarse:])

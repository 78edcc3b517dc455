"""Deformable convolution, plain (v1) and modulated (v2).

Shapes: input (B, C, H, W); weight (O, C / groups, kH, kW); offset
(B, 2 * deformable groups * kH * kW, H_out, W_out), y before x for every tap;
mask (B, deformable groups * kH * kW, H_out, W_out); output (B, O, H_out, W_out).

Scratch buffers (``columns``, ``ones``) and ``im2col_step`` belong to the
signature of the compiled operators and are not needed here.

Source: arXiv:1703.06211 (v1), arXiv:1811.11168 (v2).
"""

from __future__ import annotations

import torchvision.ops
from torch import Tensor

from ...errors import InputValueError
from .precision import gradients, widened

__all__ = [
    'deform_conv_forward',
    'deform_conv_backward_input',
    'deform_conv_backward_parameters',
    'modulated_deform_conv_forward',
    'modulated_deform_conv_backward',
]


def deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    offset: Tensor,
    output: Tensor,
    columns: Tensor,
    ones: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    im2col_step: int,
) -> None:
    """Fill ``output``."""
    _check_channels(input, weight, offset, group, deformable_group)
    result = torchvision.ops.deform_conv2d(
        widened(input),
        widened(offset),
        widened(weight),
        stride=(dH, dW),
        padding=(padH, padW),
        dilation=(dilationH, dilationW),
    )
    output.copy_(result)


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradInput: Tensor,
    gradOffset: Tensor,
    weight: Tensor,
    columns: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    im2col_step: int,
) -> None:
    """Fill ``gradInput`` and ``gradOffset``."""
    wide_weight = widened(weight)
    grads = gradients(
        lambda x, shift: torchvision.ops.deform_conv2d(
            x, shift, wide_weight, None, (dH, dW), (padH, padW), (dilationH, dilationW)
        ),
        [widened(input), widened(offset)],
        widened(gradOutput),
    )
    gradInput.copy_(grads[0])
    gradOffset.copy_(grads[1])


def deform_conv_backward_parameters(
    input: Tensor,
    offset: Tensor,
    gradOutput: Tensor,
    gradWeight: Tensor,
    columns: Tensor,
    ones: Tensor,
    kW: int,
    kH: int,
    dW: int,
    dH: int,
    padW: int,
    padH: int,
    dilationW: int,
    dilationH: int,
    group: int,
    deformable_group: int,
    scale: float,
    im2col_step: int,
) -> None:
    """Add ``scale`` times the gradient of the weight to ``gradWeight``."""
    features, shift = widened(input), widened(offset)
    # The convolution is linear in its weight, so any weight gives the gradient.
    (grad,) = gradients(
        lambda kernel: torchvision.ops.deform_conv2d(
            features, shift, kernel, None, (dH, dW), (padH, padW), (dilationH, dilationW)
        ),
        [widened(gradWeight)],
        widened(gradOutput),
    )
    gradWeight.add_(grad.to(gradWeight.dtype), alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Fill ``output``; ``bias`` is an empty tensor unless ``with_bias``."""
    _check_channels(input, weight, offset, group, deformable_group)
    result = torchvision.ops.deform_conv2d(
        widened(input),
        widened(offset),
        widened(weight),
        widened(bias) if with_bias else None,
        stride=(stride_h, stride_w),
        padding=(pad_h, pad_w),
        dilation=(dilation_h, dilation_w),
        mask=widened(mask),
    )
    output.copy_(result)


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    kernel_h: int,
    kernel_w: int,
    stride_h: int,
    stride_w: int,
    pad_h: int,
    pad_w: int,
    dilation_h: int,
    dilation_w: int,
    group: int,
    deformable_group: int,
    with_bias: bool,
) -> None:
    """Fill the gradients of input, weight, offset and mask, and of a present bias."""
    stride, padding, dilation = (stride_h, stride_w), (pad_h, pad_w), (dilation_h, dilation_w)
    grads = gradients(
        lambda x, kernel, shift, gate: torchvision.ops.deform_conv2d(
            x, shift, kernel, None, stride, padding, dilation, gate
        ),
        [widened(input), widened(weight), widened(offset), widened(mask)],
        widened(grad_output),
    )
    for buffer, grad in zip((grad_input, grad_weight, grad_offset, grad_mask), grads, strict=True):
        buffer.copy_(grad)
    if with_bias:
        grad_bias.copy_(widened(grad_output).sum(dim=(0, 2, 3)))


def _check_channels(
    input: Tensor, weight: Tensor, offset: Tensor, group: int, deformable_group: int
) -> None:
    """Raise where torchvision would read other group numbers from the shapes."""
    channels, kernel = weight.size(1) * group, weight.size(2) * weight.size(3)
    if input.size(1) != channels:
        raise InputValueError(
            f'deformable convolution: expected {channels} input channels '
            f'({group} groups of {weight.size(1)}), found {input.size(1)}.'
        )
    if offset.size(1) != 2 * deformable_group * kernel:
        raise InputValueError(
            f'deformable convolution: expected {2 * deformable_group * kernel} offset channels '
            f'(2 x {deformable_group} deformable groups x {kernel} taps), found {offset.size(1)}.'
        )

"""One small matrix in place of a class branch that is linear at test time.

Letters: B images (or 1), K classes, D embedding width, C hidden width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def fold_class_branch(
    last_conv: nn.Conv2d,
    norm: nn.modules.batchnorm._BatchNorm | None,
    texts: Tensor,
    bias: Tensor | float,
    statistics: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Fold ``<norm(last_conv(x)), texts> + bias`` into ``weight @ x + bias``.

    Between the input of a class branch's last 1 x 1 convolution and the logits
    stand that convolution, a batch norm whose statistics are known and the product
    with the texts: one linear map from C to K channels. The embedding of D
    channels per pixel is never made. Gradients flow through the result.

    Args:
        last_conv: 1 x 1 convolution from C to D channels.
        norm: batch norm over D channels; None without one.
        texts: (B, K, D) or (1, K, D), with everything that scales a logit
            already multiplied in.
        bias: of the logits; a number, () or (K,).
        statistics: mean and variance (D,) that ``norm`` uses instead of its stored ones.

    Returns:
        Weight (B, K, C) and bias (B, K), computed in float32 (under autocast too)
        and returned in the type of the convolution's weight.
    """
    device = texts.device.type
    if torch.is_autocast_enabled(device):
        with torch.autocast(device, enabled=False):
            return fold_class_branch(last_conv, norm, texts, bias, statistics)
    dtype = last_conv.weight.dtype
    kernel = last_conv.weight.flatten(1).float()
    offset = 0.0 if last_conv.bias is None else last_conv.bias.float()
    texts = texts.float()
    shift = 0.0
    if norm is not None:
        mean, variance = statistics or (norm.running_mean, norm.running_var)
        offset = offset - mean.float()
        shift = 0.0 if norm.bias is None else texts @ norm.bias.float()
        scale = (variance.float() + norm.eps).rsqrt()
        texts = texts * (scale if norm.weight is None else scale * norm.weight.float())
    if isinstance(offset, Tensor):
        shift = texts @ offset + shift
    return (texts @ kernel).to(dtype), (texts.new_zeros(texts.shape[:2]) + shift + bias).to(dtype)

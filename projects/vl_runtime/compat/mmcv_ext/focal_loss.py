"""Focal losses with integer targets.

Shapes: N samples, C classes; input (N, C) logits, or probabilities for the
softmax loss; target (N,) long; weight (C,), or empty for none.

The sigmoid loss takes its logarithms from the logits: a saturated logit gives
its true loss, where the compiled operator, which takes log(1 - p), jumps to
87 * (1 - alpha).

Source: arXiv:1708.02002.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .precision import widened

__all__ = [
    'sigmoid_focal_loss_forward',
    'sigmoid_focal_loss_backward',
    'softmax_focal_loss_forward',
    'softmax_focal_loss_backward',
]

_TINY = torch.finfo(torch.float32).tiny


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N, C); a target of C (background) makes all classes negative."""
    logits = widened(input)
    p, q = logits.sigmoid(), (-logits).sigmoid()
    positive = -alpha * q.pow(gamma) * F.logsigmoid(logits)
    negative = -(1 - alpha) * p.pow(gamma) * F.logsigmoid(-logits)
    loss = torch.where(_is_target(logits, target), positive, negative)
    output.copy_(loss * _target_weight(weight, target, logits)[:, None])


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``grad_input`` (N, C) with d loss / d logit of each element."""
    logits = widened(input)
    p, q = logits.sigmoid(), (-logits).sigmoid()
    positive = -alpha * q.pow(gamma) * (q - gamma * p * F.logsigmoid(logits))
    negative = -(1 - alpha) * p.pow(gamma) * (gamma * q * F.logsigmoid(-logits) - p)
    grad = torch.where(_is_target(logits, target), positive, negative)
    grad_input.copy_(grad * _target_weight(weight, target, logits)[:, None])


def softmax_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Fill ``output`` (N,); ``input`` holds probabilities; a negative target costs 0."""
    p = _target_probability(widened(input), target)
    loss = -alpha * (1 - p).pow(gamma) * p.clamp(min=_TINY).log()
    output.copy_(loss * (target >= 0) * _target_weight(weight, target, p))


def softmax_focal_loss_backward(
    input: Tensor,
    target: Tensor,
    weight: Tensor,
    buff: Tensor,
    grad_input: Tensor,
    gamma: float,
    alpha: float,
) -> None:
    """Fill ``grad_input`` (N, C), and ``buff`` (N,) with p * d loss / d p of the target."""
    softmax = widened(input)
    p = _target_probability(softmax, target)
    q = (1 - p).clamp(min=_TINY)  # at p = 1 the logarithm below is 0 and so is the product
    slope = gamma * q.pow(gamma - 1) * p * p.clamp(min=_TINY).log() - (1 - p).pow(gamma)
    slope = alpha * slope * (target >= 0) * _target_weight(weight, target, p)
    buff.copy_(slope)
    grad_input.copy_(slope[:, None] * (_is_target(softmax, target).to(p.dtype) - softmax))


def _is_target(values: Tensor, target: Tensor) -> Tensor:
    """(N, C) boolean: this class is the target of this sample."""
    return target[:, None] == torch.arange(values.size(1), device=values.device)


def _target_probability(softmax: Tensor, target: Tensor) -> Tensor:
    """(N,) probability of the target; that of class 0 where the target is negative."""
    return softmax.gather(1, target.clamp(min=0)[:, None])[:, 0]


def _target_weight(weight: Tensor, target: Tensor, like: Tensor) -> Tensor:
    """(N,) weight of each sample's target class; 1 without weights and for background."""
    if weight.numel() == 0:
        return like.new_ones(target.shape)
    known = (target >= 0) & (target < weight.numel())
    picked = widened(weight)[target.clamp(0, weight.numel() - 1)]
    return torch.where(known, picked, torch.ones_like(picked)).to(like.dtype)

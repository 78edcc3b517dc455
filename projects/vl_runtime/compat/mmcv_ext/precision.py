"""Number formats and gradients that the operator families share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def widened(tensor: Tensor) -> Tensor:
    """``tensor`` without its graph, in float32 unless it is float32 or float64 already.

    The CPU kernels have no half precision and sums of half-precision products
    lose digits; results are rounded once, when they are copied to the output.
    """
    wide = tensor.dtype in (torch.float32, torch.float64)
    return tensor.detach() if wide else tensor.detach().float()


def gradients(
    function: Callable[..., Tensor], inputs: Sequence[Tensor], grad_output: Tensor
) -> tuple[Tensor, ...]:
    """Gradients of ``sum(function(*inputs) * grad_output)`` by recomputing ``function``."""
    device = grad_output.device.type
    with torch.enable_grad(), torch.autocast(device_type=device, enabled=False):
        leaves = [tensor.detach().requires_grad_() for tensor in inputs]
        return torch.autograd.grad(function(*leaves), leaves, grad_output)

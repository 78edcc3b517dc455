"""Freeze a whole module or some of its stages."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def freeze(module: nn.Module) -> None:
    """Stop gradients of ``module`` and keep its batch norms at their stored statistics."""
    module.requires_grad_(False)
    for part in module.modules():
        if isinstance(part, _BatchNorm):
            part.eval()

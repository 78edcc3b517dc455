"""Penalty on the relative spread of values."""

from __future__ import annotations

import torch
from mmdet.models.losses.utils import weight_reduce_loss
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class CoVMSELoss(nn.Module):
    """Squared coefficient of variation: ``(std / max(mean, eps)) ** 2`` along ``dim``.

    Args:
        dim: dimension over which mean and (unbiased) standard deviation are taken.
        reduction: ``'none'``, ``'mean'`` or ``'sum'`` over the rest.
        loss_weight: factor of the loss.
        eps: smallest mean that is divided by.
    """

    def __init__(
        self,
        dim: int = 0,
        reduction: str = 'mean',
        loss_weight: float = 1.0,
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        self.dim = dim
        self.reduction = reduction
        self.loss_weight = loss_weight
        self.eps = eps

    def forward(
        self,
        pred: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Loss of ``pred``, any shape; ``weight`` has that shape without ``dim``."""
        mean = pred.mean(dim=self.dim).clamp(min=self.eps)
        variation = torch.std(pred, dim=self.dim) / mean
        reduction = reduction_override or self.reduction
        return self.loss_weight * weight_reduce_loss(variation**2, weight, reduction, avg_factor)

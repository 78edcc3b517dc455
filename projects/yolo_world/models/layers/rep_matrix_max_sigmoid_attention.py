"""Re-parameterised gate with one matrix for all heads."""

from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.rep_max_sigmoid_attention import RepMaxSigmoidAttention


@MODELS.register_module()
class RepMatrixMaxSigmoidAttnBlock(RepMaxSigmoidAttention):
    """Gate whose classes are rows of the parameter ``guide_weight`` (K, D, M).

    Arguments as in ``RepMaxSigmoidAttention``. The shape is that of published
    checkpoints, but their memory holds each class as M vectors of D values, one
    after the other, and it is read that way here.
    """

    def _init_guide(self, num_classes: int) -> None:
        self.guide_weight = nn.Parameter(
            torch.zeros(num_classes, self.head_channels, self.num_heads)
        )

    def class_vectors(self) -> Tensor:
        """What every head compares pixels with: (M, K, D)."""
        rows = self.guide_weight.flatten(1).unflatten(1, (self.num_heads, self.head_channels))
        return rows.transpose(0, 1)

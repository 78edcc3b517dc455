"""Re-parameterised gate with one matrix for all heads."""

from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.max_sigmoid_gate import MaxSigmoidGate


@MODELS.register_module()
class RepMatrixMaxSigmoidAttnBlock(MaxSigmoidGate):
    """Gate whose classes are rows of the parameter ``guide_weight`` (K, D, M).

    Arguments as in ``MaxSigmoidGate``; ``guide_channels`` is K, the number of classes, and
    ``with_scale`` has no effect. The shape is that of published checkpoints, but their
    memory holds each class as M vectors of D values, one after the other, and it is
    read that way here.
    """

    def _init_guide(self, guide_channels: int) -> None:
        self.guide_weight = nn.Parameter(
            torch.zeros(guide_channels, self.head_channels, self.num_heads)
        )

    def guide_vectors(self, guide: Tensor | None = None) -> Tensor:
        """One vector per class: (M, K, D); ``guide`` is not looked at."""
        rows = self.guide_weight.flatten(1).unflatten(1, (self.num_heads, self.head_channels))
        return rows.transpose(0, 1)

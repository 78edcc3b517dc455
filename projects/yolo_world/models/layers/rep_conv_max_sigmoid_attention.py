"""Re-parameterised gate with one 1 x 1 convolution per head."""

from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.max_sigmoid_gate import MaxSigmoidGate


@MODELS.register_module()
class RepConvMaxSigmoidAttnBlock(MaxSigmoidGate):
    """Gate whose classes are 1 x 1 convolutions ``guide_convs.{head}`` (K, D, 1, 1).

    Arguments as in ``MaxSigmoidGate``; ``guide_channels`` is K, the number of classes, and
    ``with_scale`` has no effect. The convolutions hold the weights of published
    checkpoints; all heads are computed by one product.
    """

    def _init_guide(self, guide_channels: int) -> None:
        self.guide_convs = nn.ModuleList(
            nn.Conv2d(self.head_channels, guide_channels, 1, bias=False)
            for _ in range(self.num_heads)
        )

    def guide_vectors(self, guide: Tensor | None = None) -> Tensor:
        """One vector per class: (M, K, D); ``guide`` is not looked at."""
        return torch.stack([conv.weight.flatten(1) for conv in self.guide_convs])

"""Re-parameterised gate with one 1 x 1 convolution per head."""

from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.rep_max_sigmoid_attention import RepMaxSigmoidAttention


@MODELS.register_module()
class RepConvMaxSigmoidAttnBlock(RepMaxSigmoidAttention):
    """Gate whose classes are 1 x 1 convolutions ``guide_convs.{head}`` (K, D, 1, 1).

    Arguments as in ``RepMaxSigmoidAttention``. The convolutions hold the weights
    of published checkpoints; all heads are computed by one product.
    """

    def _init_guide(self, num_classes: int) -> None:
        self.guide_convs = nn.ModuleList(
            nn.Conv2d(self.head_channels, num_classes, 1, bias=False) for _ in range(self.num_heads)
        )

    def class_vectors(self) -> Tensor:
        """What every head compares pixels with: (M, K, D)."""
        return torch.stack([conv.weight.flatten(1) for conv in self.guide_convs])

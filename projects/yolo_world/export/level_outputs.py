"""Graph output ``--model-only``: the maps of every level, nothing decoded."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from yolo_world.export.export_network import ExportNetwork


class LevelOutputs(nn.Module):
    """Class and box maps of a level in one tensor: ``level0``, ``level1``, ...

    Each is (B, K + 4, H, W), logits before distances in strides. A re-parameterised head gives
    (B, K + 4 x bins, H, W): its box branch before the softmax, the form that integer
    accelerators take.
    """

    names: tuple[str, ...] = ('level0', 'level1', 'level2')

    def __init__(self, network: ExportNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, text_embeds: Tensor | None = None) -> tuple[Tensor, ...]:
        """The levels from fine to coarse."""
        logits, boxes = self.network(images, text_embeds)
        if self.network.has_texts_inside:
            levels, _ = self.network.features(images, text_embeds)
            boxes = self.network.raw_distributions(levels)
        return tuple(torch.cat(pair, dim=1) for pair in zip(logits, boxes, strict=True))

"""Graph output ``--without-bbox-decoder``: scores, and distances to the box sides."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from yolo_world.export.export_network import ExportNetwork


class DistanceOutputs(nn.Module):
    """``scores`` (B, P, K) in 0..1 and ``boxes`` (B, P, 4): left, top, right, bottom in strides.

    The P priors are the cell centres of all levels, fine to coarse, row by row.
    """

    names: tuple[str, ...] = ('scores', 'boxes')

    def __init__(self, network: ExportNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, text_embeds: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scores and distances."""
        logits, distances = self.network(images, text_embeds)
        return _joined(logits).sigmoid(), _joined(distances)


def _joined(levels: list[Tensor]) -> Tensor:
    """Levels (B, C, H, W) as one (B, P, C)."""
    return torch.cat([level.flatten(2) for level in levels], dim=2).transpose(1, 2)

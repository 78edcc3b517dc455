"""Pictures as cameras deliver them, normalised inside the graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class GraphInputs(nn.Module):
    """(B, H, W, 3) uint8 BGR to (B, 3, H, W) float32 as the detector's preprocessor does it.

    Args:
        mean, std: per channel, in the order of the network's input.
        bgr_to_rgb: the network takes RGB.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], *, bgr_to_rgb: bool) -> None:
        super().__init__()
        order = [2, 1, 0] if bgr_to_rgb else [0, 1, 2]
        self.register_buffer('order', torch.tensor(order))
        self.register_buffer('mean', torch.tensor(list(mean)).view(1, 3, 1, 1))
        self.register_buffer('scale', 1 / torch.tensor(list(std)).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Normalise ``images``."""
        channels = images.permute(0, 3, 1, 2).index_select(1, self.order).float()
        return (channels - self.mean) * self.scale

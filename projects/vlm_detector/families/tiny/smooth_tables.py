"""Start values in which neighbours are alike: numbers and places have an order.

The released models have learnt that <loc_500> is close to <loc_501>, and that the left of a
picture is not its right. A model that starts from independent random rows learns it one row
after the other; from random waves it starts with the order and has to learn only what it means.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def smooth_rows(count: int, width: int, std: float, length: float) -> Tensor:
    """(count, width), random cosine waves along the rows.

    Args:
        std: of the values.
        length: over which rows stay alike, as a part of all rows.
    """
    places = (torch.arange(count) / max(count - 1, 1)).unsqueeze(1)
    frequencies = torch.randn(1, width) / length
    phases = torch.rand(1, width) * 2 * math.pi
    return std * math.sqrt(2) * torch.cos(places * frequencies + phases)


@torch.no_grad()
def set_rows(embedding: nn.Embedding, rows: list[int] | slice, values: Tensor) -> None:
    """Overwrite some rows of a table."""
    embedding.weight[rows] = values.to(embedding.weight)


def square_table(side: int, width: int, std: float, length: float) -> Tensor:
    """(side * side, width) row by row: half of the width tells the row, the rest the column."""
    half = width // 2
    rows = smooth_rows(side, half, std, length).unsqueeze(1).expand(side, side, half)
    columns = smooth_rows(side, width - half, std, length).unsqueeze(0)
    return torch.cat([rows, columns.expand(side, side, -1)], dim=-1).reshape(side * side, width)

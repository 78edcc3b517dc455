"""Boxes of a picture and the tokens of its patches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torchvision.ops
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

# B pictures, R boxes of all of them, g cells a side, T = 1 + g * g tokens, C width

_SAMPLES = 2  # of RoIAlign, along each side of a bin


@dataclass(frozen=True)
class TokenGrid:
    """Cells of a square picture, row by row; the class token stands before them.

    Attributes:
        side: g.
        cell: pixels of a cell's side.
    """

    side: int
    cell: float

    def touched(self, boxes: Tensor) -> Tensor:
        """(R, g * g) bool: the cells that each box (R, 4) xyxy touches; at least one."""
        low = (boxes[:, :2] / self.cell).floor().clamp(0, self.side - 1)
        high = torch.maximum((boxes[:, 2:] / self.cell).ceil(), low + 1)
        index = torch.arange(self.side, device=boxes.device)
        inside = (index >= low[..., None]) & (index < high[..., None])  # (R, xy, g)
        return (inside[:, 1, :, None] & inside[:, 0, None, :]).flatten(1)

    def union(self, boxes: Sequence[Tensor]) -> Tensor:
        """(B, g * g) bool: the cells that any box (n, 4) of a picture touches."""
        counts = [len(own) for own in boxes]
        each = self.touched(torch.cat(list(boxes))).split(counts)
        return pad_sequence(each, batch_first=True).any(dim=1)

    def pooled(self, tokens: Tensor, boxes: Sequence[Tensor], bins: int = 1) -> Tensor:
        """(R, C): RoIAlign of the patch tokens in each box, the mean of bins x bins.

        Args:
            tokens: (B, T, C); the class token is left out.
            boxes: B x (n, 4), xyxy in pixels.
        """
        cells = tokens[:, 1:].transpose(1, 2).unflatten(2, (self.side, self.side))
        rois = [own.to(cells.dtype) for own in boxes]
        values = torchvision.ops.roi_align(
            cells, rois, bins, 1 / self.cell, sampling_ratio=_SAMPLES, aligned=True
        )
        return values.mean(dim=(2, 3))


def with_class_token(cells: Tensor, value: float) -> Tensor:
    """(B, T) float32 of values of cells (B, g * g) and one value for the class token."""
    return torch.cat(
        [cells.new_full((len(cells), 1), value, dtype=torch.float32), cells.float()], 1
    )

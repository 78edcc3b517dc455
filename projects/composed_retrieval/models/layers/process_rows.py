"""Rows of all processes in one tensor, with gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from mmengine import dist
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class ProcessRows:
    """How many rows each process has; each may have another number, also none.

    Attributes:
        counts: rows of each process, in order of rank.
        rank: of this process.
    """

    counts: tuple[int, ...]
    rank: int

    @classmethod
    def of(cls, num_rows: int, device: torch.device) -> ProcessRows:
        """Ask all processes; every process must ask."""
        if dist.get_world_size() == 1:
            return cls((num_rows,), 0)
        counts = dist.all_gather(torch.tensor([num_rows], device=device))
        return cls(tuple(int(count) for count in counts), dist.get_rank())

    @property
    def total(self) -> int:
        """Rows of all processes."""
        return sum(self.counts)

    @property
    def first(self) -> int:
        """Where the rows of this process start."""
        return sum(self.counts[: self.rank])

    @property
    def own(self) -> slice:
        """The rows of this process."""
        return slice(self.first, self.first + self.counts[self.rank])

    def mean(self, summed: Tensor) -> Tensor:
        """This process's share of the mean over all rows, of a sum over its own rows.

        Data-parallel training averages gradients over processes, so the average of the shares
        is the mean of one process that has all rows.
        """
        return summed * (len(self.counts) / max(self.total, 1))

    def gather(self, rows: Tensor) -> Tensor:
        """The rows of all processes, (total, ...); gradients go back to where they belong."""
        if len(self.counts) == 1:
            return rows
        return _GatheredRows.apply(rows, self)


class _GatheredRows(torch.autograd.Function):
    """Forward: all gather. Backward: the sum over processes of what each wants of these rows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, layout: ProcessRows) -> Tensor:
        ctx.layout = layout
        missing = max(layout.counts) - len(rows)
        padded = F.pad(rows, (*[0, 0] * (rows.dim() - 1), 0, missing)).contiguous()
        parts = dist.all_gather(padded)
        return torch.cat([part[:count] for part, count in zip(parts, layout.counts)])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        gradient = gradient.contiguous().clone()
        dist.all_reduce(gradient, op='sum')
        return gradient[ctx.layout.own], None

"""Base of samplers that make one seeded order an epoch and deal it out to processes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler


class EpochOrderSampler(Sampler):
    """Every process makes the same order and takes every n-th of its indices.

    So n processes together read the batches of one process with n times the batch size. The
    order is filled up from its start until it divides. It depends on seed and epoch alone: a
    loop that skips its first part (``ResumableEpochLoop``) continues it exactly.

    Args:
        dataset: anything with a length.
        seed: of the order; the same on all processes. None draws one.
    """

    def __init__(self, dataset: Sized, seed: int | None = None) -> None:
        self.dataset = dataset
        self.seed = sync_random_seed() if seed is None else seed
        self.rank, self.world_size = get_dist_info()
        self.epoch = 0

    @abstractmethod
    def order(self, generator: np.random.Generator) -> np.ndarray:
        """The indices of one epoch, (n,) int64, the same number every time."""

    def num_indices(self) -> int:
        """Length of ``order``."""
        return len(self.dataset)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch number ``epoch`` (from 0)."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        indices = self.order(np.random.default_rng([self.seed, self.epoch]))
        total = len(self) * self.world_size
        return iter(np.resize(indices, total)[self.rank :: self.world_size].tolist())

    def __len__(self) -> int:
        """Indices of one process."""
        return math.ceil(self.num_indices() / self.world_size)

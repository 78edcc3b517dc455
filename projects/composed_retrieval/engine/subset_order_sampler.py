"""Queries of a subset follow each other, so that batches hold hard negatives."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from mmengine.registry import DATA_SAMPLERS
from torch.utils.data import Sampler


@DATA_SAMPLERS.register_module()
class SubsetOrderSampler(Sampler):
    """Subsets in random order, and the queries of each in random order behind one another.

    Members of a subset (CIRR's groups of six) are alike but for what the texts name: told
    apart in one batch, they teach to read the text. With pairs drawn at random hardly two of a
    subset meet. Every process makes the same order and takes every n-th index; the order
    depends on seed and epoch alone.

    Args:
        dataset: of queries with ``subset``; those without one are subsets of their own.
        seed: of the order; None draws one.
    """

    def __init__(self, dataset, seed: int | None = None) -> None:
        self.seed = sync_random_seed() if seed is None else seed
        self.rank, self.world_size = get_dist_info()
        self.epoch = 0
        groups: dict[object, list[int]] = defaultdict(list)
        for index in range(len(dataset)):
            subset = dataset.get_data_info(index)['subset']
            groups[frozenset(subset) or index].append(index)
        self._groups = [np.array(members) for members in groups.values()]
        self._num_indices = len(dataset)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of epoch number ``epoch`` (from 0)."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        generator = np.random.default_rng([self.seed, self.epoch])
        order = [
            generator.permutation(self._groups[index])
            for index in generator.permutation(len(self._groups))
        ]
        total = len(self) * self.world_size
        return iter(np.resize(np.concatenate(order), total)[self.rank :: self.world_size].tolist())

    def __len__(self) -> int:
        """Indices of one process."""
        return math.ceil(self._num_indices / self.world_size)

"""Batches of indices that can start anywhere and carry the seeds of their samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from mmengine.dist import get_dist_info
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Sampler

from vl_runtime.compat.batch_order import exchange_batch_sampler
from vl_runtime.engine.random_state_hook import RandomStateHook
from vl_runtime.random_state import random_state, seed_cpu, set_random_state


class SeededBatch(list):
    """Indices of one batch; going through them seeds the process before each one.

    A loader reads ``[dataset[index] for index in batch]``, in a worker or in the main
    process: the random transforms of a sample then depend on its seed alone, and neither on
    the worker nor on the samples before it. The generators are put back at the end.

    Args:
        indices: of the data set.
        seeds: one per index, 0 .. 2**32 - 1.
    """

    def __init__(self, indices: list[int], seeds: list[int]) -> None:
        super().__init__(indices)
        self.seeds = seeds

    def __reduce__(self) -> tuple:
        """Workers get it through a queue."""
        return (type(self), (list(super().__iter__()), self.seeds))

    def __iter__(self) -> Iterator[int]:
        before = random_state()
        try:
            for index, seed in zip(super().__iter__(), self.seeds):
                seed_cpu(seed)
                yield index
        finally:
            set_random_state(before)


class ResumableBatches(Sampler):
    """The batches of another batch sampler, from any position of any pass over the data.

    The seed of a sample is made from the run's seed, the pass and the position of the sample
    in the order of all processes together. So a run that is resumed, one with another number
    of workers, and one whose batches are split over more processes by ``DefaultSampler``
    see the same augmented samples. A transform that keeps state of its own between samples
    (a cache of earlier images) is outside of this.

    Nothing comes before the first ``begin``.

    Args:
        batches: the batch sampler of a loader.
        seed: of the run.
    """

    def __init__(self, batches: Sampler, seed: int) -> None:
        self.batches = batches
        self.seed = seed
        self.rank, self.world_size = get_dist_info()
        self._epoch = 0
        self._num_samples = 0
        self._ahead: Iterator[list[int]] | None = None

    @property
    def sampler(self) -> Sampler:
        """The sampler of indices, where hooks look for it."""
        return self.batches.sampler

    def begin(self, epoch: int) -> None:
        """Start pass number ``epoch`` (from 0) over the data."""
        for part in (self.batches, getattr(self.batches, 'sampler', None)):
            if hasattr(part, 'set_epoch'):
                part.set_epoch(epoch)
        self._epoch = epoch
        self._num_samples = 0
        self._ahead = iter(self.batches)

    def skip(self, count: int) -> int:
        """Leave out the next batches of this pass; no image is read.

        Returns:
            How many were left out: less than ``count`` when the pass has fewer.
        """
        for skipped in range(count):
            batch = next(self._ahead, None)
            if batch is None:
                return skipped
            self._num_samples += len(batch)
        return count

    def __iter__(self) -> Iterator[SeededBatch]:
        ahead, self._ahead = self._ahead, None
        for batch in ahead or ():
            yield SeededBatch(batch, [self._sample_seed(i) for i in range(len(batch))])
            self._num_samples += len(batch)

    def __len__(self) -> int:
        return len(self.batches)

    def _sample_seed(self, offset: int) -> int:
        position = (self._num_samples + offset) * self.world_size + self.rank
        words = np.random.SeedSequence([self.seed, self._epoch, position]).generate_state(1)
        return int(words[0])


def resumable_loader(
    runner: Runner, dataloader: DataLoader | dict
) -> tuple[DataLoader, ResumableBatches]:
    """The training loader of ``runner``, and the batches through which it is positioned.

    The runner gets a RandomStateHook if it has none.

    Raises:
        InputValueError: the loader makes no batches.
    """
    if isinstance(dataloader, dict):
        different_seeds = runner._randomness_cfg.get('diff_rank_seed', False)
        dataloader = runner.build_dataloader(
            dataloader, seed=runner.seed, diff_rank_seed=different_seeds
        )
    batches = ResumableBatches(dataloader.batch_sampler, runner.seed or 0)
    exchange_batch_sampler(dataloader, batches)
    if not any(isinstance(hook, RandomStateHook) for hook in runner.hooks):
        runner.register_hook(RandomStateHook())
    return dataloader, batches

"""Training by iterations that can be resumed at any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.registry import LOOPS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from vl_runtime.engine.resumable_batches import ResumableBatches, resumable_loader
from vl_runtime.errors import InputValueError


@LOOPS.register_module()
class ResumableIterLoop(IterBasedTrainLoop):
    """mmengine's ``IterBasedTrainLoop``, resumed exactly and without replaying the loader.

    A resumed run goes through the indices of the batches it has trained on, reads none of
    their images, and continues with the next one.

    Args:
        runner, dataloader, max_iters, val_begin, val_interval, dynamic_intervals: as there.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        *,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        dataloader, self._batches = resumable_loader(runner, dataloader)
        super().__init__(runner, dataloader, max_iters, val_begin, val_interval, dynamic_intervals)

    def run(self):
        """Train until ``max_iters``, from the iteration of the checkpoint on."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')  # the run is one epoch to the hooks
        self.dataloader_iterator = endless_batches(self.dataloader, self._batches, self._iter)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(self.dataloader_iterator))
            self._decide_current_val_interval()
            if self._validation_is_due():
                self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _validation_is_due(self) -> bool:
        if self.runner.val_loop is None or self._iter < self.val_begin:
            return False
        return self._iter % self.val_interval == 0 or self._iter == self._max_iters


def endless_batches(loader: DataLoader, batches: ResumableBatches, start: int) -> Iterator[Any]:
    """Batches of one pass over the data after another, from batch number ``start`` on.

    Raises:
        InputValueError: the data set gives no batch.
    """
    epoch = 0
    batches.begin(epoch)
    to_skip = start - batches.skip(start)
    while to_skip:  # the pass was shorter
        if to_skip == start:
            raise InputValueError('train_dataloader: the data set gives no batch.')
        epoch += 1
        batches.begin(epoch)
        to_skip -= batches.skip(to_skip)
    while True:
        is_empty = True
        for batch in loader:
            is_empty = False
            yield batch
        if is_empty and start == 0:
            raise InputValueError('train_dataloader: the data set gives no batch.')
        epoch += 1
        batches.begin(epoch)

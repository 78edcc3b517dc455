"""Training by epochs that can be resumed at any iteration."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.registry import LOOPS
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from vl_runtime.engine.resumable_batches import resumable_loader


@LOOPS.register_module()
class ResumableEpochLoop(EpochBasedTrainLoop):
    """mmengine's ``EpochBasedTrainLoop``, resumed exactly, also inside an epoch.

    A checkpoint of any iteration (``CheckpointHook`` with ``by_epoch=False``) continues with
    the next batch: the ones before it are not read again. Order, augmentation and dropout are
    those of a run that was not stopped, with any number of workers.

    Args:
        runner, dataloader, max_epochs, val_begin, val_interval, dynamic_intervals: as there.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict,
        *,
        max_epochs: int,
        val_begin: int = 1,
        val_interval: int = 1,
        dynamic_intervals: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        dataloader, self._batches = resumable_loader(runner, dataloader)
        self._start = 0
        super().__init__(runner, dataloader, max_epochs, val_begin, val_interval, dynamic_intervals)

    def run(self):
        """Train all epochs, the first one from where the checkpoint was written."""
        self._start = self._iter - self._epoch * len(self.dataloader)
        if not 0 <= self._start <= len(self.dataloader):
            self.runner.logger.log(
                logging.WARNING,
                f'The checkpoint was written at iteration {self._iter} in epoch {self._epoch}, '
                f'which does not fit epochs of {len(self.dataloader)} batches: its data, batch '
                'size or number of processes differ. The epoch starts at its first batch.',
            )
            self._start = 0
        return super().run()

    def run_epoch(self) -> None:
        """One epoch; ``batch_idx`` counts from its first batch, read or not."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        start, self._start = self._start, 0
        self._batches.begin(self._epoch)
        self._batches.skip(start)
        for index, batch in enumerate(self.dataloader, start=start):
            self.run_iter(index, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

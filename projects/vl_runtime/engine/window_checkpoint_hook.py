"""Checkpoints at the end of accumulation windows only."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.hooks import CheckpointHook
from mmengine.optim import OptimWrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner


@HOOKS.register_module()
class WindowCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, which waits for the optimiser step.

    With gradient accumulation a checkpoint in the middle of a window would lose the gradients
    summed up so far. One that is due there by iteration is written at the end of the window
    and named after that iteration. ``CheckedRunner`` takes this hook for ``CheckpointHook``;
    arguments and file names are the same.
    """

    _due_since: int | None = None
    _told = False

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Save what is due, once the parameters were updated."""
        if self.by_epoch:
            return
        if self._due_since is None and self._is_due(runner):
            self._due_since = runner.iter + 1
        if self._due_since is None or not _at_border(runner):
            return
        if self._due_since != runner.iter + 1 and not self._told:
            self._told = True
            runner.logger.info(
                f'The checkpoint due at iteration {self._due_since} is inside an accumulation '
                f'window; it is saved at its end, iteration {runner.iter + 1} (and so on).'
            )
        self._due_since = None
        runner.logger.info(f'Saving checkpoint at {runner.iter + 1} iterations')
        self._save_checkpoint(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Save by epoch; tell when an epoch ends inside a window."""
        if self.by_epoch and not _at_border(runner) and not self._told:
            self._told = True
            runner.logger.log(
                logging.WARNING,
                'The epoch ends inside an accumulation window, whose gradients a checkpoint does '
                'not hold: resuming from it loses them. Choose accumulative_counts that divides '
                'the batches of an epoch, or save with by_epoch=False.',
            )
        super().after_train_epoch(runner)

    def _is_due(self, runner: Runner) -> bool:
        return self.every_n_train_iters(runner, self.interval, self.save_begin) or (
            self.save_last and self.is_last_train_iter(runner)
        )


def _at_border(runner: Runner) -> bool:
    """Whether no gradients are waiting for an optimiser step."""
    wrapper = runner.optim_wrapper
    return not isinstance(wrapper, OptimWrapper) or wrapper.should_update()

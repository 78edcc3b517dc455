"""Keep the random numbers of training in checkpoints."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.random_state import random_state, set_random_state

STATE_KEY = 'random_state'  # of a checkpoint: one state per process


@HOOKS.register_module()
class RandomStateHook(Hook):
    """The training iterations draw from one stream of random numbers, saved and restored.

    What runs between two iterations (reading data, validation, saving, logging) has no
    influence on the stream, so it can happen or not. A resumed run continues the stream of
    every process where the checkpoint was written: with the loops ``ResumableEpochLoop`` and
    ``ResumableIterLoop``, which add this hook themselves, it equals one that was never
    stopped, dropout included.

    Generators: Python, numpy, torch, and the GPU of each process. Written to
    ``checkpoint['random_state']``, one entry per process. A checkpoint without it, or of
    another number of processes, is resumed with fresh random numbers and a warning.
    """

    # Before every hook that runs inside the iteration.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._state: dict[str, Any] | None = None
        self._of_all_processes: list[dict[str, Any]] = []

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Go on where the last iteration ended."""
        if self._state is not None:
            set_random_state(self._state)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Remember where the iteration ended."""
        self._state = random_state()

    def before_gather_checkpoint(self, runner: Runner) -> None:
        """Collect the states of all processes; every process calls this."""
        self._of_all_processes = all_gather_object(self._state or random_state())

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add the states, on the process that writes."""
        checkpoint[STATE_KEY] = self._of_all_processes or [self._state or random_state()]

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take this process's state from a checkpoint that is resumed."""
        if not runner._resume:
            return
        states = checkpoint.get(STATE_KEY)
        if states is None:
            found = 'holds no random state'
        elif len(states) != get_world_size():
            found = f'holds the random states of {len(states)} processes, not {get_world_size()}'
        else:
            self._state = states[get_rank()]
            return
        runner.logger.log(
            logging.WARNING,
            f'The checkpoint {found}: the run continues with fresh random numbers and will '
            'differ from one that was not stopped.',
        )

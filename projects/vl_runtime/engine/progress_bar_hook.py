"""A progress bar over the training iterations, with the loss and the time that is left."""

from __future__ import annotations

import sys

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from tqdm import tqdm


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Show one line that moves instead of a log line every few iterations.

    On a terminal it is a bar; elsewhere (a log file, a pipe) it is one line at every
    tenth of the way, so that a log stays readable.

    Args:
        desc: words in front of the bar.
    """

    priority = 'VERY_LOW'

    def __init__(self, desc: str = 'training') -> None:
        self.desc = desc
        self._bar: tqdm | None = None

    def before_train(self, runner) -> None:
        """Open the bar on the first process."""
        if runner.rank == 0:
            self._bar = tqdm(
                total=runner.max_iters,
                initial=runner.iter,
                desc=self.desc,
                unit='it',
                dynamic_ncols=True,
                **_pace(runner.max_iters),
            )

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        """One step further, with the latest loss."""
        if self._bar is not None:
            if outputs and 'loss' in outputs and self._bar.n % 10 == 0:
                self._bar.set_postfix(loss=f'{float(outputs["loss"].detach()):.2f}', refresh=False)
            self._bar.update()

    def after_train(self, runner) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _pace(total: int) -> dict:
    """How often to redraw: ten times a second on a terminal, ten times in all elsewhere."""
    if sys.stderr.isatty():
        return {}
    return {'mininterval': 0, 'miniters': max(1, total // 10), 'maxinterval': float('inf')}

"""A picture of losses and metrics when a training ends."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.reports.training_curve import draw_training_curve

PICTURE = 'training_curve.png'


@HOOKS.register_module()
class TrainingCurveHook(Hook):
    """Draw ``work_dir/training_curve.png`` after training; a resumed run is one curve.

    ``CheckedRunner`` registers it for every run of any model, so no recipe has to. What goes
    wrong in drawing is one line in the log: the training is done by then.
    """

    priority = 'VERY_LOW'  # the last validation is in the log by then

    def after_train(self, runner: Runner) -> None:
        """Read the logs of the work folder and draw."""
        if not is_main_process():
            return
        folder = Path(runner.work_dir)
        try:
            draw_training_curve(folder, folder / PICTURE, title=folder.name)
        except Exception as error:  # whatever it is, hours of training must not end in it
            runner.logger.warning(f'{folder / PICTURE}: not drawn ({error})')

"""What fine-tuning costs: a held-out vocabulary evaluated before, during and after training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmengine.runner.checkpoint import weights_to_cpu

from vl_runtime.engine.held_out_evaluation import HeldOutEvaluation
from vl_runtime.errors import InputValueError
from vl_runtime.reports.retention_report import (
    Comparison,
    main_metric,
    read_before,
    write_retention_report,
)


@HOOKS.register_module()
class ZeroShotRetentionHook(Hook):
    """Evaluate the weights on another recipe's test set while they are fine-tuned.

    Logged: ``retention/before`` when training starts, ``retention/now`` with the validations
    (also in ``scalars.json``), ``retention/after`` and the difference at the end. The work
    folder gets ``retention.md`` and ``retention.json``. Averaged (EMA) and LoRA weights are
    evaluated as they are saved. A run that is resumed keeps its first ``before``.

    Args:
        recipe: file of a recipe with texts, for example the one that the starting weights
            were evaluated with; its model is built beside the one in training.
        interval: evaluate with every n-th validation; 0 for start and end alone.
        cfg_options: changes to ``recipe``.

    Raises:
        InputValueError: the model in training has a fixed vocabulary (when training starts).
    """

    priority = 'NORMAL'  # after EMAHook has put its weights back, before LoggerHook writes

    def __init__(
        self, recipe: str, interval: int = 0, *, cfg_options: Mapping[str, Any] | None = None
    ) -> None:
        if interval < 0:
            raise InputValueError(
                f'ZeroShotRetentionHook: expected interval 0 or more, found {interval}.'
            )
        self.recipe = recipe
        self.interval = interval
        self.cfg_options = dict(cfg_options or {})
        self._held_out: HeldOutEvaluation | None = None
        self._before: dict[str, float] = {}
        self._validations = 0

    def before_train(self, runner: Runner) -> None:
        """Evaluate the starting weights."""
        self._held_out = HeldOutEvaluation(self.recipe, self.cfg_options)
        earlier = read_before(runner.work_dir, self._held_out.name) if runner.iter else None
        self._before = earlier or self._evaluate(runner)
        self._log(runner, 'before', self._before)
        if is_main_process():
            self._write(runner, {})

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Evaluate every ``interval`` validations, when training."""
        if self._held_out is None:
            return
        self._validations += 1
        if not self.interval or self._validations % self.interval:
            return
        now = self._evaluate(runner)
        runner.message_hub.update_scalar('val/retention/now', now[main_metric(now)])
        self._log(runner, 'now', now)

    def after_train(self, runner: Runner) -> None:
        """Evaluate the last weights and write the report."""
        after = self._evaluate(runner)
        self._log(runner, 'after', after)
        if is_main_process():
            self._write(runner, after)

    def _evaluate(self, runner: Runner) -> dict[str, float]:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        device = next(model.parameters()).device
        checkpoint = {'meta': {}, 'state_dict': weights_to_cpu(model.state_dict())}
        # EMAHook puts the averaged weights in place here, LoRA is merged.
        runner.call_hook('before_save_checkpoint', checkpoint=checkpoint)
        return self._held_out.evaluate(checkpoint['state_dict'], 'the model in training', device)

    def _log(self, runner: Runner, moment: str, metrics: dict[str, float]) -> None:
        name = main_metric(metrics)
        change = f' ({metrics[name] - self._before[name]:+.4f})' if moment != 'before' else ''
        runner.logger.info(
            f'retention/{moment}: {name} = {metrics[name]:.4f}{change} on {self._held_out.name}'
        )

    def _write(self, runner: Runner, after: dict[str, float]) -> None:
        comparison = Comparison(self._held_out.name, self._before, after)
        write_retention_report(runner.work_dir, [comparison])

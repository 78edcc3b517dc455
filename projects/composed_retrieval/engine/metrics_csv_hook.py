"""Losses of every epoch and metrics of every validation as two tables."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputValueError

TRAINING, VALIDATION = 'train_metrics.csv', 'validation_metrics.csv'


@HOOKS.register_module()
class MetricsCSVHook(Hook):
    """Write ``train_metrics.csv`` and ``validation_metrics.csv`` into the work folder.

    Columns: ``epoch`` (from 1), then the names that the model and the metrics give, such as
    ``loss_itc`` (mean over the iterations of the epoch, of the first process) and ``cirr/R@1``.
    A name keeps its column; one that comes later stands behind the others. A resumed run
    replaces the rows of epochs that it does again.

    Raises:
        InputValueError: a table of an earlier run can't be read.
    """

    priority = 'LOW'

    def __init__(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)

    def before_train(self, runner: Runner) -> None:
        """Forget what an earlier run wrote behind the point from which this one goes on."""
        for name in (TRAINING, VALIDATION):
            path = Path(runner.work_dir) / name
            if is_main_process() and path.is_file():
                kept = [row for row in _read(path) if int(row['epoch']) <= runner.epoch]
                _write(path, kept)

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the means anew."""
        self._sums.clear()
        self._counts.clear()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Add what the model logged in this iteration."""
        for name, value in (outputs or {}).items():
            if isinstance(value, torch.Tensor):
                if value.numel() != 1:
                    continue
                value = value.detach()
            self._sums[name] += float(value)
            self._counts[name] += 1

    def after_train_epoch(self, runner: Runner) -> None:
        """One row of means."""
        means = {name: total / self._counts[name] for name, total in self._sums.items()}
        self._append(runner, TRAINING, runner.epoch + 1, means)

    def after_val_epoch(self, runner: Runner, metrics: Mapping[str, Any] | None = None) -> None:
        """One row of metrics; validations outside of training are not of this table."""
        if hasattr(runner._train_loop, 'iter'):
            self._append(runner, VALIDATION, runner.epoch, metrics or {})

    @staticmethod
    def _append(runner: Runner, name: str, epoch: int, values: Mapping[str, Any]) -> None:
        if not is_main_process():
            return
        path = Path(runner.work_dir) / name
        rows = [row for row in _read(path) if int(row['epoch']) < epoch] if path.is_file() else []
        _write(path, [*rows, {'epoch': epoch, **values}])


def _read(path: Path) -> list[dict[str, Any]]:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding='utf-8'))))
    for number, row in enumerate(rows, start=2):
        if not (row.get('epoch') or '').isdigit():
            raise InputValueError(
                f'{path}: line {number}: expected a number of the epoch, found '
                f'{row.get("epoch")!r}; remove the file, or choose another work folder.'
            )
    return rows


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = dict.fromkeys(['epoch', *(name for row in rows for name in row)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval='', lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())

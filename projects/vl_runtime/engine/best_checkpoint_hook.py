"""Keep the weights of the best validation, whatever the save interval."""

from __future__ import annotations

import io
import json
import logging
import math
import time
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import mmengine
import numpy as np
import torch
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmengine.runner.checkpoint import weights_to_cpu

from vl_runtime.atomic_files import write_bytes, write_json, write_text
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

# A per-class table can hold hundreds of keys; an error line shows the first ones.
_KEYS_SHOWN = 12


@HOOKS.register_module()
class BestCheckpointHook(Hook):
    """After every validation, keep the best weights so far as ``best.pth``.

    Independent of CheckpointHook: a validation between two regular saves is kept too.
    Written to the work folder, each file atomically:

        best.pth        ``state_dict`` (averaged weights while an EMAHook is active) and
                        ``meta`` (epoch, iter, metric, value, metrics, cfg, dataset_meta,
                        seed, experiment_name, time, mmengine_version): tensors and plain
                        values only, so that it loads with ``weights_only=True``. It has no
                        optimiser: load it, resume from a regular checkpoint.
        best_epoch.txt  the epoch and a newline
        best.json       epoch, iteration, metric, rule, value, metrics (NaN as null)

    ``epoch`` counts completed epochs; in an iteration-based run, completed passes over
    the training data. A resumed run goes on from the ``best.json`` of its work folder; a
    fresh run replaces an older best at its first validation. Tests and validations
    outside of training change nothing.

    Args:
        metric: a key of the validation's results; ``'auto'`` takes the first one.
        rule: ``'greater'`` or ``'less'`` is better.
        tie: of equal values keep the ``'first'`` or the ``'last'``.

    Raises:
        InputValueError: unknown rule or tie; the metric is not a number; ``best.json``
            can't be read when resuming.
        InputKeyError: the validation has no such metric (at the first validation).
        InputPermissionError: the work folder can't be written or the disk is full; an
            older ``best.pth`` stays.
    """

    priority = 'VERY_LOW'

    def __init__(
        self, metric: str = 'coco/bbox_mAP', rule: str = 'greater', *, tie: str = 'first'
    ) -> None:
        for name, value, known in (
            ('rule', rule, ('greater', 'less')),
            ('tie', tie, ('first', 'last')),
        ):
            if value not in known:
                raise InputValueError(
                    f'BestCheckpointHook: expected {name} {known[0]!r} or {known[1]!r}, '
                    f'found {value!r}.'
                )
        self.metric = metric
        self.rule = rule
        self.tie = tie
        self._best: float | None = None

    def before_train(self, runner: Runner) -> None:
        """Take over the best of an interrupted run, if this run resumes it."""
        self._best = None
        folder = Path(runner.work_dir)
        if not (folder / 'best.json').is_file() or not (folder / 'best.pth').is_file():
            return
        if runner.iter == 0:
            runner.logger.info(
                f'{folder / "best.pth"} is of an earlier run; the first validation replaces it.'
            )
            return
        self._best = self._earlier_best(folder / 'best.json')

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Compare and, if it is the best so far, write the three files."""
        if not hasattr(runner._train_loop, 'iter'):  # not training: the loop isn't built
            return
        name, value = self._selected(metrics or {})
        if not math.isfinite(value):
            runner.logger.warning(
                f'BestCheckpointHook: {name} is {value} at iteration {runner.iter}; ignored.'
            )
            return
        if self._best is not None and not self._is_better(value):
            return
        runner.call_hook('before_gather_checkpoint')
        if is_main_process():
            self._write(runner, name, value, metrics)
        self._best = value
        runner.logger.info(f'Best so far: {name} = {value:.4f}, kept in best.pth.')

    def _is_better(self, value: float) -> bool:
        if value == self._best:
            return self.tie == 'last'
        return value > self._best if self.rule == 'greater' else value < self._best

    def _selected(self, metrics: Mapping[str, Any]) -> tuple[str, float]:
        """Name and value of the metric that decides."""
        name = next(iter(metrics), self.metric) if self.metric == 'auto' else self.metric
        if name not in metrics:
            shown = ', '.join(list(metrics)[:_KEYS_SHOWN]) or 'nothing'
            more = len(metrics) - _KEYS_SHOWN
            raise InputKeyError(
                f'BestCheckpointHook: expected metric {name!r} among the results of the '
                f'validation, found {shown}{f" and {more} more" if more > 0 else ""}.'
                f'{did_you_mean(name, metrics)}'
            )
        value = _plain(metrics[name])
        if not isinstance(value, Real):
            raise InputValueError(
                f'BestCheckpointHook: expected a number for metric {name!r}, found {value!r}.'
            )
        return name, float(value)

    def _earlier_best(self, path: Path) -> float | None:
        try:
            earlier = json.loads(path.read_text(encoding='utf-8'))
            metrics = earlier['metrics']
        except (ValueError, KeyError, TypeError) as error:
            raise InputValueError(
                f'{path}: not a record of the best checkpoint ({error}); remove it to start anew.'
            ) from error
        name = earlier.get('metric') if self.metric == 'auto' else self.metric
        value = metrics.get(name)
        if value is None or earlier.get('rule') != self.rule:
            mmengine.print_log(
                f'{path} holds no best {name!r} by rule {self.rule!r}; the next validation '
                'starts the comparison anew.',
                'current',
                logging.WARNING,
            )
            return None
        return float(value)

    def _write(self, runner: Runner, name: str, value: float, metrics: Mapping[str, Any]) -> None:
        folder = Path(runner.work_dir)
        record = {
            'epoch': _completed_epochs(runner),
            'iteration': runner.iter,
            'metric': name,
            'rule': self.rule,
            'value': value,
            'metrics': _plain(dict(metrics)),
        }
        buffer = io.BytesIO()
        torch.save(_checkpoint(runner, record), buffer)
        write_bytes(folder / 'best.pth', buffer.getvalue())
        write_json(folder / 'best.json', _without_nan(record), indent=2)
        write_text(folder / 'best_epoch.txt', f'{record["epoch"]}\n')


def _checkpoint(runner: Runner, record: dict[str, Any]) -> dict[str, Any]:
    """Weights and plain meta; other hooks may change the weights as for any checkpoint."""
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    meta = {
        'epoch': record['epoch'],
        'iter': record['iteration'],
        'metric': record['metric'],
        'value': record['value'],
        'metrics': record['metrics'],
        'cfg': runner.cfg.pretty_text,
        'seed': runner.seed,
        'experiment_name': runner.experiment_name,
        'time': time.strftime('%Y%m%d_%H%M%S'),
        'mmengine_version': mmengine.__version__,
    }
    dataset_meta = getattr(runner.train_dataloader.dataset, 'metainfo', None)
    if dataset_meta is not None:
        meta['dataset_meta'] = _plain(dict(dataset_meta))
    checkpoint = {'meta': meta, 'state_dict': weights_to_cpu(model.state_dict())}
    # EMAHook puts the averaged weights in place here, others drop what needs no saving.
    runner.call_hook('before_save_checkpoint', checkpoint=checkpoint)
    return {'meta': checkpoint['meta'], 'state_dict': checkpoint['state_dict']}


def _completed_epochs(runner: Runner) -> int:
    if runner.epoch > 0:
        return runner.epoch
    # An iteration-based loop stays in epoch 0: count passes over the data set.
    loader = runner.train_dataloader
    seen = runner.iter * (loader.batch_size or 1) * get_world_size()
    return seen // max(len(loader.dataset), 1)


def _plain(value: Any) -> Any:
    """Only dicts, lists, tuples, numbers and text, which every safe loader accepts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _without_nan(value: Any) -> Any:
    """The same with NaN and infinity as None, since JSON knows neither."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

"""Which epoch of a finished or running training was best, and where its weights are."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean
from vl_runtime.reports.scalars_file import (
    Validation,
    find_scalars,
    read_validations,
    work_folder,
)
from vl_runtime.reports.tables import text_table

# What 'auto' looks for before it takes the first metric that was logged.
_PREFERRED_METRIC = 'coco/bbox_mAP'


@dataclass(frozen=True)
class BestEpoch:
    """The ranking of a run's validations, best first, and the checkpoint to take.

    Attributes:
        metric, rule: what was compared and how.
        ranking: validations with a value that is not NaN; of equal ones the earlier first.
        sources: the files that were read.
        checkpoint: the file with the best weights or, if they were not saved, the nearest
            one; None if the folder has no checkpoint.
        exact: ``checkpoint`` is the best one itself.
        notes: what was left out of the ranking, one sentence each.
    """

    metric: str
    rule: str
    ranking: tuple[Validation, ...]
    sources: tuple[Path, ...]
    checkpoint: Path | None
    exact: bool
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """``epoch`` or ``iteration``."""
        return 'iteration' if self.ranking[0].epoch is None else 'epoch'

    def to_dict(self, top: int = 5) -> dict[str, Any]:
        """The same as plain values for JSON."""
        best = self.ranking[0]
        return {
            'epoch': best.epoch,
            'iteration': best.iteration,
            'metric': self.metric,
            'rule': self.rule,
            'value': best.metrics[self.metric],
            'checkpoint': str(self.checkpoint) if self.checkpoint else None,
            'checkpoint_is_best': self.exact,
            'top': [
                {'epoch': v.epoch, 'iteration': v.iteration, 'value': v.metrics[self.metric]}
                for v in self.ranking[:top]
            ],
            'notes': list(self.notes),
            'sources': [str(source) for source in self.sources],
        }

    def to_text(self, top: int = 5) -> str:
        """A line with the best, a table of the ``top`` best, a line with the checkpoint."""
        best = self.ranking[0]
        rows = [
            (str(rank), str(v.moment), f'{v.metrics[self.metric]:.4f}')
            for rank, v in enumerate(self.ranking[:top], start=1)
        ]
        return '\n'.join(
            [
                f'best {self.unit}: {best.moment}   {self.metric} = '
                f'{best.metrics[self.metric]:.4f}   ({self.rule} is better, '
                f'{len(self.ranking)} validations)',
                '',
                text_table(('rank', self.unit, self.metric), rows),
                '',
                self._checkpoint_line(best),
                *(f'note: {note}' for note in self.notes),
            ]
        )

    def _checkpoint_line(self, best: Validation) -> str:
        if self.checkpoint is None:
            return 'checkpoint: none found in the work folder'
        if self.exact:
            return f'checkpoint: {self.checkpoint}'
        moment = _moment_of(self.checkpoint)
        measured = [v.metrics[self.metric] for v in self.ranking if v.moment == moment]
        value = f' ({self.metric} = {measured[0]:.4f})' if measured else ''
        return (
            f'checkpoint: {self.unit} {best.moment} was not saved; '
            f'nearest: {self.checkpoint}{value}'
        )


def find_best_epoch(
    path: str | Path, metric: str = 'auto', rule: str = 'greater', merge: bool = False
) -> BestEpoch:
    """Rank the validations of the run at ``path``.

    Args:
        path: a work folder, one of its time-stamped folders, or a ``scalars.json``.
        metric: a logged name; ``'auto'`` is coco/bbox_mAP, else the first one logged.
        rule: ``'greater'`` or ``'less'`` is better.
        merge: read all runs of a work folder as one that was resumed; where two have the
            same epoch the later run counts. Otherwise the newest run with a validation.

    Raises:
        InputFileNotFoundError: no scalars.json. InputKeyError: unknown metric.
        InputValueError: a broken line, no validation, unknown rule.
    """
    if rule not in ('greater', 'less'):
        raise InputValueError(f"rule: expected 'greater' or 'less', found {rule!r}.")
    sources, validations, notes = _validations(find_scalars(path), merge)
    name = _metric_name(metric, validations, sources)
    valued = [v for v in validations if not math.isnan(v.metrics.get(name, math.nan))]
    if len(valued) < len(validations):
        notes.append(
            f'{len(validations) - len(valued)} of {len(validations)} validations have no value '
            f'of {name}; left out'
        )
    if not valued:
        raise InputValueError(f'{sources[-1]}: {name} is NaN in every validation.')
    sign = -1 if rule == 'greater' else 1
    ranking = sorted(valued, key=lambda v: sign * v.metrics[name])
    checkpoint, exact = _nearest_checkpoint(work_folder(sources[-1]), ranking[0])
    return BestEpoch(name, rule, tuple(ranking), tuple(sources), checkpoint, exact, tuple(notes))


def _validations(runs: list[Path], merge: bool) -> tuple[list[Path], list[Validation], list[str]]:
    """The chosen runs, their validations in the order of training, and notes."""
    read = [(run, *read_validations(run)) for run in runs]
    read = [(run, validations, notes) for run, validations, notes in read if validations]
    if not read:
        raise InputValueError(
            f'{runs[-1]}: no validation in {len(runs)} file(s); the run validates every '
            'train_cfg.val_interval epochs, perhaps the first is still to come.'
        )
    chosen = read if merge else read[-1:]
    by_moment = {v.moment: v for _, validations, _ in chosen for v in validations}
    ordered = [v for _, v in sorted(by_moment.items(), key=lambda item: item[0] or 0)]
    notes = [note for *_, of_run in chosen for note in of_run]
    if len(chosen) < len(read):
        notes.append(
            f'{len(read) - len(chosen)} older run(s) of this folder left out; --all reads them '
            'as one run that was resumed'
        )
    return [run for run, *_ in chosen], ordered, notes


def _metric_name(metric: str, validations: Sequence[Validation], sources: list[Path]) -> str:
    known = list(dict.fromkeys(name for v in validations for name in v.metrics))
    if metric == 'auto':
        return _PREFERRED_METRIC if _PREFERRED_METRIC in known else known[0]
    if metric not in known:
        raise InputKeyError(
            f'{sources[-1]}: no metric {metric!r}; the validations have '
            f'{", ".join(known[:12])}{" ..." if len(known) > 12 else ""}.'
            f'{did_you_mean(metric, known)}'
        )
    return metric


def _nearest_checkpoint(folder: Path, best: Validation) -> tuple[Path | None, bool]:
    """The checkpoint of ``best`` or the one nearest in training; later of two equals."""
    kind = 'iter' if best.epoch is None else 'epoch'
    saved = [path for path in folder.glob(f'{kind}_*.pth') if _moment_of(path) is not None]
    nearest = min(
        saved,
        key=lambda path: (abs(_moment_of(path) - (best.moment or 0)), -_moment_of(path)),
        default=None,
    )
    if nearest is not None and _moment_of(nearest) == best.moment:
        return nearest, True
    if _is_kept_best(folder, best):
        return folder / 'best.pth', True
    return nearest, False


def _is_kept_best(folder: Path, best: Validation) -> bool:
    """BestCheckpointHook kept exactly this validation."""
    record = folder / 'best.json'
    if not record.is_file() or not (folder / 'best.pth').is_file():
        return False
    kept = json.loads(record.read_text(encoding='utf-8'))
    key = 'iteration' if best.epoch is None else 'epoch'
    return kept.get(key) == best.moment


def _moment_of(checkpoint: Path) -> int | None:
    """The number in ``epoch_12.pth`` or ``iter_500.pth``."""
    match = re.fullmatch(r'(?:epoch|iter)_(\d+)', checkpoint.stem)
    return int(match.group(1)) if match else None

"""What a training has logged, all of it: a run that was resumed is one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputValueError
from vl_runtime.reports.scalars_file import (
    Validation,
    find_scalars,
    read_lines,
    read_validations,
)

Points = list[tuple[int, float]]


@dataclass(frozen=True)
class TrainingLog:
    """A training as curves.

    Attributes:
        losses: (iteration, value) by name; 'loss' is their sum.
        validations: in order.
        num_parts: how often it was started; more than 1 if it was resumed.
    """

    losses: dict[str, Points]
    validations: tuple[Validation, ...]
    num_parts: int

    @property
    def counts_epochs(self) -> bool:
        """Whether validations are known by their epoch."""
        return all(one.epoch is not None for one in self.validations)

    @property
    def metric_names(self) -> list[str]:
        """Of all validations, in order of appearance."""
        return list(dict.fromkeys(name for one in self.validations for name in one.metrics))

    def metric(self, name: str, *, by_epoch: bool) -> Points:
        """(epoch or iteration, value) of a metric."""
        return [
            ((one.epoch if by_epoch else one.iteration) or 0, one.metrics[name])
            for one in self.validations
            if name in one.metrics
        ]


@dataclass(frozen=True)
class _Part:
    """One start of a training: its lines about training, and its validations."""

    lines: Sequence[dict[str, Any]]
    validations: Sequence[Validation]

    @property
    def start(self) -> int:
        return self.lines[0]['iter']

    def goes_on_after(self, earlier: _Part) -> bool:
        """Whether it was resumed: a fresh training logs first where ``earlier`` did.

        Its first line is then also not further than one interval from the beginning.
        """
        steps = [b['iter'] - a['iter'] for a, b in zip(self.lines, self.lines[1:])]
        interval = min((step for step in steps if step > 0), default=0)
        return self.start > max(earlier.start, interval)


def read_training_log(path: str | Path) -> TrainingLog:
    """The newest training at ``path``, with the parts that it goes on from.

    Where two parts have logged the same iterations (a run was killed after its last
    checkpoint), the later one counts.

    Args:
        path: a work folder, one of its time-stamped folders, or a ``scalars.json``.

    Raises:
        InputFileNotFoundError: no scalars.json there.
        InputValueError: no line about training, or a broken one.
    """
    files = find_scalars(path)
    parts = []
    for file in files:
        lines = [line for line in read_lines(file)[0] if 'iter' in line]
        if lines:  # a test in the same folder logs none
            parts.append(_Part(lines, read_validations(file)[0]))
    if not parts:
        raise InputValueError(
            f'{files[-1]}: expected lines about training, found none; the run logs one every '
            'default_hooks.logger.interval iterations.'
        )
    first = len(parts) - 1
    while first and parts[first].goes_on_after(parts[first - 1]):
        first -= 1
    return _joined(parts[first:])


def _joined(parts: Sequence[_Part]) -> TrainingLog:
    losses: dict[str, Points] = {}
    validations: list[Validation] = []
    for index, part in enumerate(parts):
        end = min((later.start for later in parts[index + 1 :]), default=None)
        for line in part.lines:
            if end is not None and line['iter'] >= end:
                continue
            for name, value in line.items():
                if 'loss' in name and isinstance(value, int | float):
                    losses.setdefault(name, []).append((line['iter'], float(value)))
        validations += [
            one for one in part.validations if end is None or (one.iteration or 0) < end
        ]
    return TrainingLog(losses, tuple(validations), len(parts))


def labelled_runs(texts: Sequence[str]) -> dict[str, str]:
    """Path by label, from ``LABEL=PATH`` or ``PATH``, whose last folder is its label then.

    Raises:
        InputValueError: a label twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        label, has_label, path = text.partition('=')
        if not has_label or Path(text).exists():
            path, label = text, Path(text).resolve().name
        if label in found:
            raise InputValueError(
                f'{path}: expected a label of its own for each run, found {label!r} twice; write '
                'LABEL=PATH.'
            )
        found[label] = path
    return found

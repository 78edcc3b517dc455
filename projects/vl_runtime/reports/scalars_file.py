"""Find and read the ``scalars.json`` of a run: what mmengine logged, line by line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputFileNotFoundError, InputValueError

_NO_METRIC = {'step', 'time', 'data_time', 'memory'}


@dataclass(frozen=True)
class Validation:
    """One validation of a run.

    Attributes:
        epoch: completed epochs; None in an iteration-based run.
        iteration: completed iterations; in an epoch-based run the last one that was
            logged before. None if nothing was logged.
        metrics: values by name; may hold NaN.
    """

    epoch: int | None
    iteration: int | None
    metrics: dict[str, float]

    @property
    def moment(self) -> int | None:
        """The count by which the run saves and validates."""
        return self.iteration if self.epoch is None else self.epoch


def find_scalars(path: str | Path) -> list[Path]:
    """The ``scalars.json`` files at ``path``, oldest run first.

    ``path`` is such a file, a time-stamped folder of one run, or a work folder with one
    or more of these.

    Raises:
        InputFileNotFoundError: there is none.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    for pattern in ('scalars.json', 'vis_data/scalars.json', '*/vis_data/scalars.json'):
        if found := sorted(path.glob(pattern)):
            return found
    what = 'no <time>/vis_data/scalars.json in it' if path.is_dir() else 'no such file or folder'
    raise InputFileNotFoundError(
        f'{path}: {what}; give the work folder of a training, one of its time-stamped folders, '
        'or a scalars.json.'
    )


def work_folder(scalars: Path) -> Path:
    """Where the run of ``<work folder>/<time>/vis_data/scalars.json`` saves checkpoints."""
    scalars = scalars.resolve()
    return scalars.parents[2] if scalars.parent.name == 'vis_data' else scalars.parent


def read_validations(scalars: Path) -> tuple[list[Validation], list[str]]:
    """The validations of one run, in order, and notes on what was left out.

    A last line that was cut off (the run was killed while writing) is left out.

    Raises:
        InputValueError: another line is not a JSON object; file and line are named.
    """
    lines, notes = read_lines(scalars)
    by_epoch = _counts_epochs(lines)
    iteration = None
    validations = []
    for line in lines:
        if 'iter' in line:
            iteration = line['iter']
            continue
        metrics = {
            key: float(value)
            for key, value in line.items()
            if key not in _NO_METRIC and isinstance(value, int | float)
        }
        if not metrics or 'step' not in line:
            continue
        step = int(line['step'])
        # With LoggerHook's default an iteration-based run logs step 0 for each validation.
        at = iteration if by_epoch or step == 0 else step
        validations.append(Validation(step if by_epoch else None, at, metrics))
    return validations, notes


def _counts_epochs(lines: list[dict[str, Any]]) -> bool:
    """Whether ``step`` of a validation is an epoch, judged by the training lines before it.

    Iteration-based runs log no epoch or always epoch 1, and validate at step 0 or at
    the iteration, as their LogProcessor and LoggerHook are set.
    """
    training = None
    for line in lines:
        if 'iter' in line:
            training = line
            if 'epoch' not in line:
                return False
        elif 'step' in line:
            step = line['step']
            if step == 0:
                return False
            if training is not None and training['iter'] == step != training['epoch']:
                return False
    return True


def read_lines(scalars: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """All lines as they were logged, and notes; a last line that was cut off is left out.

    Raises:
        InputValueError: another line is not a JSON object; file and line are named.
    """
    numbered = [
        (number, text)
        for number, text in enumerate(
            scalars.read_text(encoding='utf-8', errors='replace').splitlines(), start=1
        )
        if text.strip()
    ]
    lines: list[dict[str, Any]] = []
    for number, text in numbered:
        try:
            line = json.loads(text)
        except json.JSONDecodeError as error:
            if number == numbered[-1][0]:
                return lines, [f'{scalars}: line {number}, the last one, was cut off; left out']
            raise InputValueError(
                f'{scalars}: line {number}: expected one JSON object per line, found '
                f'{text[:40]!r} ({error.msg}).'
            ) from error
        if not isinstance(line, dict):
            raise InputValueError(
                f'{scalars}: line {number}: expected a JSON object, found {text[:40]!r}.'
            )
        lines.append(line)
    return lines, []

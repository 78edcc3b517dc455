"""The runs that a comparison puts side by side, and the proof that they may be compared."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vl_runtime.errors import InputValueError
from vl_runtime.reports.evaluate import measure_recipe
from vl_runtime.reports.evaluation import Evaluation, read_evaluation
from vl_runtime.reports.image_result import ImageResult
from vl_runtime.reports.measured_run import MeasuredRun

_TOLERANCE = 0.01  # pixels; annotation files are written with few digits


@dataclass(frozen=True)
class ComparedRun:
    """A column of the comparison.

    Attributes:
        label: its name, unique.
        run: metrics, results and cost.
        classes: names, in label order.
        size_on_disk: bytes by what they are.
        measured_here: its speed and memory were measured by the process that compares.
        source: recipe and checkpoint, or the folder that it was read from.
    """

    label: str
    run: MeasuredRun
    classes: tuple[str, ...]
    size_on_disk: Mapping[str, int]
    measured_here: bool
    source: str


@dataclass(frozen=True)
class RunRequest:
    """One RUN of the command line.

    Attributes:
        label: '' for that of the evaluation folder.
        config, checkpoint: of a run that is measured now.
        folder: of an evaluation, instead.
    """

    label: str = ''
    config: str = ''
    checkpoint: str | None = None
    folder: str = ''

    @classmethod
    def parse(cls, text: str) -> RunRequest:
        """``LABEL=CONFIG:CHECKPOINT``, or a folder with or without ``LABEL=``.

        Raises:
            InputValueError: neither, or a recipe without label.
        """
        if Path(text).is_dir():
            return cls(folder=text)
        label, _, rest = text.partition('=')
        if rest and Path(rest).is_dir():
            return cls(label=label, folder=rest)
        config, found, checkpoint = rest.partition('.py:')
        if not found or not label:
            raise InputValueError(
                f'RUN {text!r}: expected LABEL=CONFIG.py:CHECKPOINT or the folder of an '
                'evaluation (tools/evaluate.py), found neither.'
            )
        return cls(label=label, config=f'{config}.py', checkpoint=checkpoint or None)


def options_by_label(items: Sequence[str]) -> dict[str, list[str]]:
    """``KEY=VALUE`` under '', ``LABEL:KEY=VALUE`` under the label."""
    found: dict[str, list[str]] = {}
    for item in items:
        label, colon, _ = item.partition('=')[0].rpartition(':')
        found.setdefault(label, []).append(item[len(label) + 1 :] if colon else item)
    return found


def runs_of(request: RunRequest, work_dir: Path, **options: Any) -> list[ComparedRun]:
    """Measure or read what was asked for; an evaluation may hold several runs.

    Args:
        request: what to compare.
        work_dir: for logs.
        options: of ``measure_recipe``; an evaluation that is read takes none.

    Raises:
        UserInputError: a mistake in the recipe, a file or an argument.
    """
    gc.collect()  # an earlier model must not count as memory of this one
    if request.folder:
        found = read_evaluation(request.folder)
    else:
        found = measure_recipe(
            request.config, request.checkpoint, request.label, work_dir=work_dir, **options
        )
    label = request.label or found.label
    several = len(found.runs) > 1
    return [
        ComparedRun(
            label=f'{label}/{run.name}' if several else label,
            run=run,
            classes=found.classes,
            size_on_disk=found.size_on_disk,
            measured_here=not request.folder,
            source=request.folder or f'{found.config} {found.checkpoint or ""}'.strip(),
        )
        for run in _boxed(found)
    ]


def same_split(runs: Sequence[ComparedRun]) -> list[ComparedRun]:
    """The runs with labels and pictures in the order of the first one.

    Raises:
        InputValueError: fewer than two runs, a label twice, or other classes, pictures or
            annotated boxes than the first run has.
    """
    if len(runs) < 2:
        raise InputValueError(f'expected two or more runs to compare, found {len(runs)}.')
    labels = [run.label for run in runs]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise InputValueError(f'{twice}: expected a label of its own for each run, found it twice.')
    first = runs[0]
    return [first, *(_aligned(run, first) for run in runs[1:])]


def _boxed(found: Evaluation) -> list[MeasuredRun]:
    """The runs with the samples that have boxes to compare.

    Of several tasks those that find all objects count. Where there is one task, a picture is
    called as it is by detectors that know no tasks.
    """
    runs = []
    for run in found.runs:
        results = [one for one in run.results if one.task == 'detection'] or list(run.results)
        if not any(len(one.true_boxes) for one in results):
            raise InputValueError(
                f'{found.label}: expected annotated boxes to compare, found none in its '
                f'{len(run.results)} samples.'
            )
        if len({one.task for one in results}) == 1:
            results = [replace(o, key=o.key.replace(f'/{o.task}', '', 1)) for o in results]
        runs.append(replace(run, results=results))
    return runs


def _aligned(run: ComparedRun, first: ComparedRun) -> ComparedRun:
    if set(run.classes) != set(first.classes):
        other = sorted(set(run.classes) ^ set(first.classes))
        raise InputValueError(
            f'{run.label}: expected the {len(first.classes)} classes of {first.label}, found '
            f'{len(run.classes)} (first difference: {other[0]!r}); compare on the same data.'
        )
    by_key = {one.key: one for one in run.run.results}
    wanted = [one.key for one in first.run.results]
    if set(by_key) != set(wanted):
        other = sorted(set(by_key) ^ set(wanted))
        raise InputValueError(
            f'{run.label}: expected the {len(wanted)} samples of {first.label}, found '
            f'{len(by_key)} (first difference: {other[0]!r}); compare on the same split, and with '
            'the same --num-samples and --seed.'
        )
    place = np.array([first.classes.index(name) for name in run.classes], int)
    results = []
    for one in first.run.results:
        mine = _relabelled(by_key[one.key], place)
        _check_objects(mine, one, run.label, first.label)
        results.append(mine)
    return replace(run, run=replace(run.run, results=results), classes=first.classes)


def _relabelled(result: ImageResult, place: np.ndarray) -> ImageResult:
    if result.texts is not None or not len(place):
        return result
    return replace(
        result,
        labels=place[result.labels],
        true_labels=place[result.true_labels],
    )


def _check_objects(mine: ImageResult, other: ImageResult, label: str, first: str) -> None:
    same = mine.true_boxes.shape == other.true_boxes.shape
    if same:
        order, others = (_reading_order(one) for one in (mine, other))
        same = np.array_equal(mine.true_labels[order], other.true_labels[others]) and np.allclose(
            mine.true_boxes[order], other.true_boxes[others], atol=_TOLERANCE, rtol=0
        )
    if not same:
        raise InputValueError(
            f'{label}: sample {mine.key}: expected the {len(other.true_boxes)} annotated boxes '
            f'that {first} was measured with, found {len(mine.true_boxes)} or others; compare on '
            'the same annotation file.'
        )


def _reading_order(result: ImageResult) -> np.ndarray:
    """Objects by label, then by place: files may list them in any order."""
    boxes = np.round(result.true_boxes, 1)
    return np.lexsort((boxes[:, 1], boxes[:, 0], result.true_labels))

"""Several detectors on the same pictures: every number that a choice between them needs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputValueError
from vl_runtime.reports.bootstrap import Interval
from vl_runtime.reports.compared_run import ComparedRun, RunRequest, runs_of, same_split
from vl_runtime.reports.precision_rows import AP_ROWS, precision_rows
from vl_runtime.reports.result_statistics import SPREAD, differences_of, intervals_of, iou_summary

_SIZES_NOTE = 'small: below 32 x 32 pixels, medium: below 96 x 96, large: the rest'


@dataclass(frozen=True)
class Comparison:
    """What ``compare_runs`` found.

    Attributes:
        runs: columns; the first is what the others are compared with.
        accuracy: rows of values 0..1 by name, one value a run; None where there is no object.
        by_class: the same, AP by class name.
        intervals: by run label and name.
        differences: of each further run less the first, by run label and name.
        cost: rows of texts by name, one a run.
        notes: what a reader must know.
        meta: date and folder.
    """

    runs: Sequence[ComparedRun]
    accuracy: Mapping[str, Sequence[float | None]]
    by_class: Mapping[str, Sequence[float | None]]
    intervals: Mapping[str, Mapping[str, Interval]]
    differences: Mapping[str, Mapping[str, Interval]]
    cost: Mapping[str, Sequence[str]]
    notes: Sequence[str] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """Of the runs."""
        return [run.label for run in self.runs]

    @property
    def interval_rows(self) -> dict[str, list[str]]:
        """Values with intervals as texts, one a run."""
        names = dict.fromkeys(name for values in self.intervals.values() for name in values)
        return {
            name: [str(self.intervals[label].get(name, '-')) for label in self.labels]
            for name in names
        }

    def difference_rows(self, label: str) -> dict[str, str]:
        """Differences of a run less the first, as texts by name."""
        return {
            name: f'{value.value:+.3f} [{value.low:+.3f}, {value.high:+.3f}]'
            for name, value in self.differences[label].items()
        }


def compare_runs(
    requests: Sequence[RunRequest],
    work_dir: Path,
    *,
    options: Mapping[str, Sequence[str]],
    seed: int = 0,
    **measuring: Any,
) -> Comparison:
    """Measure or read every run, check that they saw the same, and compare.

    Args:
        requests: what to compare.
        work_dir: for logs.
        options: changes of the recipe by label; '' for all.
        seed: of draws and intervals.
        measuring: of ``measure_recipe``.

    Raises:
        UserInputError: a mistake in an argument or a file, or runs that can't be compared.
    """
    known = {'', *(request.label for request in requests if request.config)}
    for label in options:
        if label not in known:
            raise InputValueError(
                f'--cfg-options {label}:...: expected the label of a run that is measured, found '
                f'none of {", ".join(sorted(known - {""})) or "these"}.'
            )
    runs = []
    for request in requests:
        changes = [*options.get('', ()), *options.get(request.label, ())] if request.config else []
        runs += runs_of(
            request,
            work_dir / (request.label or 'read'),
            **(dict(measuring, seed=seed, cfg_options=changes or None) if request.config else {}),
        )
    return comparison_of(same_split(runs), seed=seed)


def comparison_of(runs: Sequence[ComparedRun], *, seed: int = 0) -> Comparison:
    """Compare runs of ``same_split``."""
    first = runs[0]
    num_classes = len(first.classes)
    rows = [precision_rows(run.run.results, first.classes) for run in runs]
    summaries = [iou_summary(run.run.results) for run in runs]
    accuracy = {name: [one.overall[name] for one in rows] for name in AP_ROWS}
    accuracy |= {
        name: [one.get(name) for one in summaries] for name in summaries[0] if name != SPREAD
    }
    return Comparison(
        runs=runs,
        accuracy=accuracy,
        by_class={name: [one.by_class[name] for one in rows] for name in rows[0].by_class},
        intervals={r.label: intervals_of(r.run.results, num_classes, seed=seed) for r in runs},
        differences={
            run.label: differences_of(run.run.results, first.run.results, num_classes, seed=seed)
            for run in runs[1:]
        },
        cost=_cost(runs),
        notes=_notes(runs),
        meta={'date': datetime.datetime.now().astimezone().isoformat(timespec='seconds')},
    )


def _cost(runs: Sequence[ComparedRun]) -> dict[str, list[str]]:
    costs = [run.run.cost for run in runs]
    mebi = 2**20
    return {
        'pictures/s': [f'{cost.images_per_second:.2f}' for cost in costs],
        'batch size': [str(cost.batch_size) for cost in costs],
        'peak memory, MiB': [f'{cost.peak_memory / mebi:.0f}' for cost in costs],
        'of it added by the run, MiB': [f'{cost.added_memory / mebi:.0f}' for cost in costs],
        'parameters': [f'{cost.parameters:,}' for cost in costs],
        'on disk, MiB': [_disk(run.size_on_disk) for run in runs],
        'speed measured': ['here' if run.measured_here else 'earlier' for run in runs],
        'hardware': [cost.hardware for cost in costs],
    }


def _disk(sizes: Mapping[str, int]) -> str:
    if not sizes:
        return '-'
    parts = ' + '.join(f'{size / 2**20:.1f} {name}' for name, size in sizes.items())
    return parts if len(sizes) == 1 else f'{sum(sizes.values()) / 2**20:.1f} ({parts})'


def _notes(runs: Sequence[ComparedRun]) -> list[str]:
    notes = [_SIZES_NOTE + ', by the area of the annotation.']
    earlier = [run.label for run in runs if not run.measured_here]
    if earlier:
        notes.append(
            f'Speed and memory of {", ".join(earlier)} were measured by an earlier process, '
            'perhaps beside other work; give RUN as LABEL=CONFIG:CHECKPOINT to measure all in one.'
        )
    if len({run.run.cost.batch_size for run in runs}) > 1:
        notes.append('The batch sizes differ; set test_dataloader.batch_size to compare speed.')
    for run in runs:
        failed = run.run.statuses.get('fail', 0)
        if failed:
            notes.append(
                f'{run.label}: {failed} of {len(run.run.results)} answers could not be read and '
                'count as no box.'
            )
    return notes

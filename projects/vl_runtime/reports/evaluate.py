"""Evaluate a checkpoint of any detector and write the report; tools/evaluate.py calls this."""

from __future__ import annotations

import datetime
import itertools
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner
from torch import nn

from vl_runtime import launch
from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputKeyError, InputPermissionError, InputValueError
from vl_runtime.reports.bootstrap import Interval
from vl_runtime.reports.evaluation import Difference, Evaluation, write_evaluation
from vl_runtime.reports.evaluation_report import REPORT, report_text, write_pictures
from vl_runtime.reports.evaluation_table import TABLE, append_rows
from vl_runtime.reports.hardware import versions
from vl_runtime.reports.measured_run import MeasuredData, MeasuredRun, measure
from vl_runtime.reports.result_statistics import differences_of, intervals_of
from vl_runtime.reports.run_settings import TrainedWith, settings_of
from vl_runtime.reports.weight_versions import check_versions, weights_in_use

PARTS = ('test', 'val')


def evaluate_recipe(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    label: str,
    *,
    out: str | Path = 'work_dirs/evaluations',
    num_pictures: int = 8,
    **options: Any,
) -> Evaluation:
    """Measure a checkpoint and write table, report and results.

    ``out/evaluation_table.csv`` gets a row for each run, ``out/<label>/`` the report, its
    pictures, ``results.json`` and the results of every picture. A folder that is there already
    is kept: the new one is called ``<label>-2`` and so on.

    Args:
        config, checkpoint: as for ``launch.test``.
        label: a name for the evaluation.
        out: folder of the table.
        num_pictures: in each of the grids of worst and best pictures; 0 for none.
        options: of ``measure_recipe``.

    Raises:
        UserInputError: a mistake in the recipe, a file or an argument.
    """
    check_versions(options.get('compare', ()))
    folder = _own_folder(Path(out), label)
    try:
        found = measure_recipe(config, checkpoint, label, work_dir=folder / 'log', **options)
        found = replace(found, folder=folder)
        pictures = {
            run.name: write_pictures(run, found.classes, folder, num_pictures) for run in found.runs
        }
        write_text(folder / REPORT, report_text(found, pictures))
        write_evaluation(found, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # the next try gets its name
        raise
    append_rows(Path(out) / TABLE, [_row(found, run) for run in found.runs])
    return found


def measure_recipe(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    label: str,
    *,
    compare: Sequence[str] = (),
    part: str = 'test',
    num_samples: int | None = None,
    seed: int = 0,
    **options: Any,
) -> Evaluation:
    """Measure a checkpoint, without writing a report.

    Args:
        config, checkpoint: as for ``launch.test``.
        label: a name for it.
        compare: versions of the weights, 'base', 'adapter', 'merged'; empty for those that the
            checkpoint has. Differences are told against the first.
        part: 'test' or 'val': data and metrics of the recipe.
        num_samples: that many samples, drawn with ``seed``; None for all.
        seed: of the draw and of the intervals.
        options: of ``launch.opened_for_test``.

    Raises:
        UserInputError: a mistake in the recipe, a file or an argument.
    """
    names = check_versions(compare)
    if part not in PARTS:
        raise InputKeyError(f'part: expected one of {", ".join(PARTS)}, found {part!r}.')
    trained = TrainedWith.of(checkpoint)
    with launch.opened_for_test(config, checkpoint, **options) as runner:
        model = runner.model
        data = data_of(runner, part, num_samples=num_samples, seed=seed)
        runs = []
        for name in names:
            with weights_in_use(model, name):
                runs.append(measure(model, data, name))
        tasks = sorted({one.task for one in runs[0].results})
        settings = settings_of(trained, model, data.ann_file, tasks)
        sizes = _sizes(trained, model)
        file = str(runner.cfg.filename)
    num_classes = len(data.classes)
    return Evaluation(
        label=label,
        config=file,
        checkpoint=None if checkpoint is None else str(checkpoint),
        part=part,
        classes=data.classes,
        num_available=data.num_available,
        seed=seed,
        size_on_disk=sizes,
        settings=settings,
        runs=runs,
        intervals={run.name: intervals_of(run.results, num_classes, seed=seed) for run in runs},
        differences=[_difference(run, runs[0], num_classes, seed) for run in runs[1:]],
        meta={
            'date': datetime.datetime.now().astimezone().isoformat(timespec='seconds'),
            'versions': versions(),
            'checkpoint_sha256': trained.sha256,
        },
    )


def data_of(
    runner: Runner, part: str, *, num_samples: int | None = None, seed: int = 0
) -> MeasuredData:
    """The test or validation data of a runner that was opened for a test.

    Raises:
        InputValueError: the recipe has no such data.
    """
    for key in ('dataloader', 'cfg', 'evaluator'):
        if runner.cfg.get(f'{part}_{key}') is None:
            raise InputValueError(
                f'{runner.cfg.filename}: expected {part}_{key}, found none; an evaluation on '
                f'{part} data needs it.'
            )
    loop = runner.test_loop if part == 'test' else runner.val_loop
    return MeasuredData.of_loop(
        loop, runner.cfg[f'{part}_evaluator'], num_samples=num_samples, seed=seed
    )


def _difference(run: MeasuredRun, first: MeasuredRun, num_classes: int, seed: int) -> Difference:
    changes = [
        after.quality - before.quality
        for after, before in zip(run.results, first.results, strict=True)
        if after.quality is not None
    ]
    return Difference(
        after=run.name,
        before=first.name,
        values=differences_of(run.results, first.results, num_classes, seed=seed),
        num_better=sum(change > 1e-9 for change in changes),
        num_worse=sum(change < -1e-9 for change in changes),
    )


def _own_folder(out: Path, label: str) -> Path:
    """A new folder below ``out``; two processes never get the same."""
    if not label.strip() or Path(label).name != label or label.startswith('.'):
        raise InputValueError(f'--label: expected a name that a folder can have, found {label!r}.')
    for number in itertools.count(1):
        folder = out / (label if number == 1 else f'{label}-{number}')
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise InputPermissionError(
                f'{folder}: cannot write here ({error.strerror}); choose a folder with --out.'
            ) from error
        return folder
    raise AssertionError


def _sizes(trained: TrainedWith, model: nn.Module) -> dict[str, int]:
    sizes = {} if trained.size is None else {'checkpoint': trained.size}
    base = getattr(model, 'base_folder', None)
    if base is not None and Path(base).is_dir():
        sizes['base model'] = _total_size(Path(base).rglob('*'))
    return sizes


def _total_size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.is_file())


def _row(found: Evaluation, run: MeasuredRun) -> dict[str, object]:
    row: dict[str, object] = {
        'date': found.meta['date'],
        'label': found.label,
        'weights': run.name,
        'config': found.config,
        'checkpoint': found.checkpoint or '',
        'sha256': (found.meta['checkpoint_sha256'] or '')[:12],
        'data': found.part,
        'samples': len(run.results),
        'of': found.num_available,
        'seed': found.seed,
    }
    row |= _interval_columns(found.intervals.get(run.name, {}))
    row |= {name: f'{value:.6g}' for name, value in run.metrics.items()}
    row |= {f'answers {status}': count for status, count in run.statuses.items()}
    row |= {
        'images_per_second': f'{run.cost.images_per_second:.4g}',
        'batch_size': run.cost.batch_size,
        'peak_memory_bytes': run.cost.peak_memory,
        'parameters': run.cost.parameters,
        'folder': str(found.folder),
    }
    return row


def _interval_columns(intervals: Mapping[str, Interval]) -> dict[str, str]:
    columns = {}
    for name, value in intervals.items():
        columns[name] = f'{value.value:.6g}'
        columns[f'{name} low'], columns[f'{name} high'] = f'{value.low:.6g}', f'{value.high:.6g}'
    return columns

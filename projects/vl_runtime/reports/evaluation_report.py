"""``evaluation_report.md``: everything about one evaluation that a person wants to read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from vl_runtime.errors import UserInputError
from vl_runtime.image_files import write_image
from vl_runtime.reports.bootstrap import Interval
from vl_runtime.reports.evaluation import Evaluation
from vl_runtime.reports.measured_run import MeasuredRun
from vl_runtime.reports.result_pictures import (
    caption_of,
    draw_result,
    name_of,
    worst_and_best,
)
from vl_runtime.reports.result_statistics import iou_summary
from vl_runtime.reports.tables import markdown_table, text_table
from vl_runtime.short_names import short_names
from vl_runtime.visualization import image_grid

REPORT = 'evaluation_report.md'
_PER_CLASS = 'AP/'
_MOST_WORDS = 12  # wrong answers in words that a report quotes
_LEGEND = (
    'IoU is that of each annotated object with its answer: of the boxes of its class, the '
    'best-scoring as many as there are objects, paired one to one by overlap; an object without '
    'an answer counts 0. An answer in words is as expected when case, punctuation and spaces are '
    'left aside. Intervals hold 95 % of the values of resampled sets of pictures '
    '(percentile bootstrap).'
)
_PICTURE_LEGEND = (
    'Green: annotated. Red: predicted, with class, score and IoU with the nearest object of that '
    'class. Of a detector without words only boxes with a score of at least 0.3 are drawn, and '
    'its best one.'
)


def write_pictures(run: MeasuredRun, classes: Sequence[str], folder: Path, count: int) -> str:
    """Two grids, worst and best; returns the Markdown that shows them.

    Args:
        run: with the results.
        classes: names, in label order.
        folder: of the report.
        count: pictures in each grid; 0 for none.
    """
    lines, names = [], short_names(one.path for one in run.results)
    for name, chosen in zip(('worst', 'best'), worst_and_best(run.results, count)):
        if not chosen:
            continue
        file = f'{name}_{run.name}.jpg'
        try:
            pictures = [draw_result(one, classes) for one in chosen]
        except UserInputError as error:  # the file has gone since, or is no local one
            lines += [f'No pictures: {error}', '']
            break
        grid = image_grid(pictures, [caption_of(one, names) for one in chosen], cell_size=400)
        write_image(folder / file, grid)
        lines += [f'### The {len(chosen)} {name}', '', f'![{name}]({file})', '']
    return '\n'.join(lines)


def report_text(evaluation: Evaluation, pictures: Mapping[str, str]) -> str:
    """The page.

    Args:
        evaluation: to report.
        pictures: Markdown of the pictures of each run.
    """
    runs = evaluation.runs
    count = len(runs[0].results)
    drawn = (
        f'{count} of {evaluation.num_available} samples, drawn with seed {evaluation.seed}'
        if count < evaluation.num_available
        else f'all {count} samples'
    )
    lines = [
        f'# Evaluation: {evaluation.label}',
        '',
        f'`{evaluation.config}` with `{evaluation.checkpoint}`, {evaluation.part} data, {drawn}, '
        f'{evaluation.meta.get("date", "")}.',
        '',
        *_main_part(evaluation),
        *_answers_part(runs),
        '## Metrics of the recipe',
        '',
        _metric_table(runs, per_class=False),
        '',
        *_class_part(runs),
        *_cost_part(evaluation),
        *_settings_part(evaluation),
        '## Pictures',
        '',
        _PICTURE_LEGEND,
        '',
    ]
    for run in runs:
        lines += [f'## {run.name}', ''] if len(runs) > 1 else []
        lines += _words_part(run)
        lines += [pictures[run.name] or 'No picture has an object.\n']
    return '\n'.join(lines).rstrip() + '\n'


def headline(evaluation: Evaluation) -> str:
    """The values with intervals, for a terminal."""
    runs = evaluation.runs
    rows = [
        [name, *(_shown(evaluation.intervals[run.name].get(name)) for run in runs)]
        for name in evaluation.intervals.get(runs[0].name, {})
    ]
    if not rows:
        return f'{len(runs[0].results)} samples, no annotated box'
    rows.append(['pictures/s', *(f'{run.cost.images_per_second:.2f}' for run in runs)])
    return text_table([f'{len(runs[0].results)} samples', *(run.name for run in runs)], rows)


def _main_part(evaluation: Evaluation) -> list[str]:
    runs = evaluation.runs
    names = list(dict.fromkeys(k for run in runs for k in evaluation.intervals.get(run.name, {})))
    rows = [
        [name, *(_shown(evaluation.intervals[run.name].get(name)) for run in runs)]
        for name in names
    ]
    summaries = [iou_summary(run.results) for run in runs]
    rows += [
        [name, *(summary.get(name, '-') for summary in summaries)]
        for name in (summaries[0] if summaries else {})
        if name not in names
    ]
    if not rows:
        return ['No annotated box and no expected text in these samples.', '']
    lines = [
        '## Values',
        '',
        markdown_table(['value [95 % interval]', *(r.name for r in runs)], rows),
        '',
    ]
    for one in evaluation.differences:
        lines += [
            f'**{one.after} less {one.before}**, picture by picture: {one.num_better} better, '
            f'{one.num_worse} worse.',
            '',
            markdown_table(
                ['difference', 'value [95 % interval]', ''],
                [[name, _signed(value), _verdict(value)] for name, value in one.values.items()],
            ),
            '',
        ]
    return [*lines, _LEGEND, '']


def _answers_part(runs: Sequence[MeasuredRun]) -> list[str]:
    """How answers could be read; the same lines say that there are none to read."""
    if not any(run.writes_text for run in runs):
        return ['Unreadable answers: none; this model writes no text.', '']
    names = {
        'ok': 'read as a whole',
        'empty_ok': 'read: no object',
        'recovered': 'read in parts',
        'fail': 'not readable (counts as no box)',
    }
    rows = [
        [text, *(run.statuses.get(status, 0) for run in runs)] for status, text in names.items()
    ]
    repairs = sorted({name for run in runs for name in run.repairs})
    rows += [[name, *(run.repairs.get(name, 0) for run in runs)] for name in repairs]
    header = ['answers', *(run.name for run in runs)]
    return ['## Answers', '', markdown_table(header, rows), '']


def _words_part(run: MeasuredRun) -> list[str]:
    """Answers in words that are not what was expected, the first ones."""
    wrong = [one for one in run.results if one.as_expected is False]
    if not any(one.expected is not None for one in run.results):
        return []
    names = short_names(one.path for one in run.results)
    told = sum(one.expected is not None for one in run.results)
    rows = [
        [name_of(one, names), one.task, _cell(one.expected), _cell(one.answer or '')]
        for one in wrong[:_MOST_WORDS]
    ]
    lines = [f'### Words: {told - len(wrong)} of {told} as expected', '']
    if rows:
        lines += [markdown_table(['picture', 'task', 'expected', 'answered'], rows), '']
    return lines


def _metric_table(runs: Sequence[MeasuredRun], *, per_class: bool) -> str:
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    rows = [
        [name, *(_metric(run.metrics.get(name)) for run in runs)]
        for name in names
        if (_PER_CLASS in name) == per_class
    ]
    return markdown_table(['metric', *(run.name for run in runs)], rows) if rows else ''


def _class_part(runs: Sequence[MeasuredRun]) -> list[str]:
    table = _metric_table(runs, per_class=True)
    return ['## By class', '', table, ''] if table else []


def _cost_part(evaluation: Evaluation) -> list[str]:
    runs = evaluation.runs
    rows = [
        ['pictures/s', *(f'{run.cost.images_per_second:.2f}' for run in runs)],
        ['seconds in all', *(f'{run.cost.total_seconds:.1f}' for run in runs)],
        ['batch size', *(run.cost.batch_size for run in runs)],
        ['peak memory, MiB', *(megabytes(run.cost.peak_memory) for run in runs)],
        ['parameters', *(f'{run.cost.parameters:,}' for run in runs)],
    ]
    rows += [
        [f'{name} on disk, MiB', *([megabytes(size)] * len(runs))]
        for name, size in evaluation.size_on_disk.items()
    ]
    table = markdown_table(['cost', *(run.name for run in runs)], rows)
    return ['## Cost', '', f'On {runs[0].cost.hardware}.', '', table, '']


def _settings_part(evaluation: Evaluation) -> list[str]:
    rows = [
        [one.name, _cell(one.value), one.source + (f'; {_cell(one.note)}' if one.note else '')]
        for one in evaluation.settings
    ]
    rows += [[name, version, 'installed'] for name, version in _versions(evaluation).items()]
    if evaluation.meta.get('checkpoint_sha256'):
        rows.append(['sha256 of the checkpoint', evaluation.meta['checkpoint_sha256'], 'file'])
    return ['## Settings', '', markdown_table(['setting', 'value', 'read from'], rows), '']


def _versions(evaluation: Evaluation) -> Mapping[str, str]:
    return evaluation.meta.get('versions') or {}


def megabytes(size: int) -> str:
    """Bytes as MiB with one digit."""
    return f'{size / 2**20:.1f}'


def _metric(value: float | None) -> object:
    if value is None:
        return '-'
    if isinstance(value, int):
        return value
    # Metrics give -1 where there is no object of that size or kind.
    return float(value) if math.isfinite(value) and value != -1 else 'n/a'


def _shown(value: Interval | None) -> object:
    return '-' if value is None else str(value)


def _signed(value: Interval) -> str:
    return f'{value.value:+.3f} [{value.low:+.3f}, {value.high:+.3f}]'


def _verdict(value: Interval) -> str:
    if value.low > 0:
        return 'better'
    return 'worse' if value.high < 0 else 'not told apart'


def _cell(text: str) -> str:
    """One line without the sign that ends a cell."""
    return ' '.join(str(text).split()).replace('|', '\\|')

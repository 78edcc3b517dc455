"""A comparison as Markdown, as CSV and as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vl_runtime.atomic_files import write_text
from vl_runtime.image_files import write_image
from vl_runtime.reports.comparison import Comparison
from vl_runtime.reports.comparison_page import comparison_page
from vl_runtime.reports.disagreement_pictures import Disagreement, disagreements
from vl_runtime.reports.evaluation_table import append_rows
from vl_runtime.reports.tables import markdown_table

MARKDOWN, TABLE, PAGE = 'comparison.md', 'comparison.csv', 'comparison.html'
PICTURE_LEGEND = (
    'Green: annotated. Red: predicted, with class, score and IoU with the nearest object of that '
    'class; of a detector without words only boxes with a score of at least 0.3, and its best '
    'one. Chosen by the range of the mean IoU.'
)
NO_PICTURE = 'No picture: every run has the same mean IoU everywhere.'
INTERVAL_LEGEND = (
    'Intervals hold 95 % of the values of resampled sets of pictures; differences are of the '
    'same draws. A difference whose interval holds 0 is not told apart from chance.'
)


def write_comparison(comparison: Comparison, folder: str | Path, num_pictures: int = 8) -> Path:
    """Write Markdown, CSV, page and pictures; returns the page."""
    folder = Path(folder)
    shown = disagreements(comparison.runs, num_pictures)
    names = []
    for index, one in enumerate(shown, start=1):
        names.append(f'disagreement_{index}.jpg')
        if one.picture is not None:
            write_image(folder / names[-1], one.picture)
    write_text(folder / MARKDOWN, markdown_text(comparison, shown, names))
    path = folder / TABLE
    path.unlink(missing_ok=True)
    append_rows(path, table_rows(comparison))
    write_text(folder / PAGE, comparison_page(comparison, shown, legends(shown)))
    return folder / PAGE


def legends(shown: Sequence[Disagreement]) -> dict[str, str]:
    """Sentences under the parts of the page."""
    return {'intervals': INTERVAL_LEGEND, 'pictures': PICTURE_LEGEND if shown else NO_PICTURE}


def markdown_text(
    comparison: Comparison, shown: Sequence[Disagreement], pictures: Sequence[str]
) -> str:
    """The comparison as Markdown; ``pictures`` are files beside it."""
    labels = comparison.labels
    count = len(comparison.runs[0].run.results)
    lines = [
        f'# {" / ".join(labels)}',
        '',
        f'{count} pictures, {len(comparison.runs[0].classes)} classes, '
        f'{comparison.meta.get("date", "")}.',
        '',
        *(f'* {run.label}: `{run.source}`' for run in comparison.runs),
        '',
        '## Accuracy',
        '',
        _table('', labels, comparison.accuracy),
        '',
        *(f'* {note}' for note in comparison.notes),
        '',
        '## With intervals',
        '',
        _table('value [95 % interval]', labels, comparison.interval_rows),
        '',
    ]
    for label in comparison.differences:
        rows = list(comparison.difference_rows(label).items())
        lines += [markdown_table([f'{label} less {labels[0]}', 'difference'], rows), '']
    lines += [INTERVAL_LEGEND, '', '## AP by class', '']
    lines += [_table('class', labels, comparison.by_class), '', '## Cost', '']
    lines += [_table('', labels, comparison.cost), '', '## Where they disagree most', '']
    lines += [legends(shown)['pictures'], '']
    for one, file in zip(shown, pictures, strict=True):
        lines += [f'![{one.name}]({file})' if one.picture is not None else one.why_not, '']
    return '\n'.join(lines).rstrip() + '\n'


def table_rows(comparison: Comparison) -> list[dict[str, object]]:
    """One row a run, for CSV."""
    rows = []
    for index, run in enumerate(comparison.runs):
        row: dict[str, object] = {'label': run.label, 'source': run.source}
        for part in (comparison.accuracy, comparison.cost):
            row |= {name: _number(values[index]) for name, values in part.items()}
        row |= {f'AP/{name}': _number(v[index]) for name, v in comparison.by_class.items()}
        for name, value in comparison.intervals[run.label].items():
            row |= {f'{name} low': f'{value.low:.6g}', f'{name} high': f'{value.high:.6g}'}
        rows.append(row)
    return rows


def _table(corner: str, labels: Sequence[str], rows) -> str:
    return markdown_table(
        [corner, *labels],
        [[name, *('-' if v is None else v for v in values)] for name, values in rows.items()],
    )


def _number(value: object) -> object:
    if value is None:
        return ''
    return f'{value:.6g}' if isinstance(value, float) else value

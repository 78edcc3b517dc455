"""Scores before and after fine-tuning, side by side: ``retention.md`` and ``retention.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from vl_runtime.atomic_files import write_json, write_text
from vl_runtime.errors import InputValueError
from vl_runtime.reports.tables import markdown_table

# The metric that stands for a recipe: the first of these that it has, else its first one.
_MAIN = ('coco/bbox_mAP', 'lvis/bbox_AP', 'lvis/bbox_fixed_AP')
_PER_CLASS = '/AP/'


@dataclass(frozen=True)
class Comparison:
    """One test set, measured with the weights before and after.

    Attributes:
        data: name of the recipe whose test set it is.
        before, after: metric values by name; empty where the weights can't be asked.
        note: why one is empty.
    """

    data: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    note: str = ''


def main_metric(metrics: Mapping[str, float]) -> str:
    """The name of the metric that stands for all.

    Raises:
        InputValueError: there is none.
    """
    if not metrics:
        raise InputValueError('retention: expected metrics of the recipe, found none.')
    return next((name for name in _MAIN if name in metrics), next(iter(metrics)))


def retention_table(comparisons: Sequence[Comparison]) -> str:
    """Markdown: a row per metric; classes on their own are left out."""
    rows = []
    for comparison in comparisons:
        for name in comparison.before or comparison.after:
            if _PER_CLASS in name:
                continue
            before, after = comparison.before.get(name), comparison.after.get(name)
            change = f'{after - before:+.3f}' if None not in (before, after) else '-'
            rows.append((comparison.data, name, _cell(before), _cell(after), change))
    return markdown_table(['test set', 'metric', 'before', 'after', 'change'], rows)


def write_retention_report(
    folder: str | Path, comparisons: Sequence[Comparison], heading: Sequence[str] = ()
) -> Path:
    """Write both files into ``folder``; returns the path of ``retention.md``.

    Args:
        comparisons: in the order of the table.
        heading: lines above it, for example what was compared.
    """
    folder = Path(folder)
    write_json(
        folder / 'retention.json',
        [_plain(asdict(comparison)) for comparison in comparisons],
        indent=2,
    )
    notes = [f'{item.data}: {item.note}.' for item in comparisons if item.note]
    lines = ['# Before and after fine-tuning', '', *heading, *([''] if heading else [])]
    lines += [retention_table(comparisons), '', *notes]
    write_text(folder / 'retention.md', '\n'.join(lines).rstrip() + '\n')
    return folder / 'retention.md'


def read_before(folder: str | Path, data: str) -> dict[str, float] | None:
    """``before`` of an earlier report about ``data`` in ``folder``, if there is one.

    Raises:
        InputValueError: ``retention.json`` is damaged.
    """
    path = Path(folder) / 'retention.json'
    if not path.is_file():
        return None
    try:
        entries = json.loads(path.read_text(encoding='utf-8'))
        return next((e['before'] for e in entries if e['data'] == data and e['before']), None)
    except (ValueError, KeyError, TypeError) as error:
        raise InputValueError(
            f'{path}: not a report of retention ({error}); remove it to measure anew.'
        ) from error


def _cell(value: float | None) -> object:
    return '-' if value is None else float(value)


def _plain(comparison: dict) -> dict:
    for moment in ('before', 'after'):
        comparison[moment] = {
            name: None if not math.isfinite(value) else float(value)
            for name, value in comparison[moment].items()
        }
    return comparison

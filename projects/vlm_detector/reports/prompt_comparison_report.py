"""``comparison_report.md`` and ``comparison_table.csv`` of a comparison of prompts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vl_runtime.atomic_files import write_text
from vl_runtime.reports.evaluation_table import append_rows
from vl_runtime.reports.tables import markdown_table
from vlm_detector.reports.prompt_comparison import PromptComparison, PromptScore

REPORT, TABLE = 'comparison_report.md', 'comparison_table.csv'


def write_prompt_report(found: PromptComparison) -> Path:
    """Write both files into the folder of the comparison; returns the report."""
    scores = [*found.of_part('val'), *found.of_part('test')]
    append_rows(found.folder / TABLE, [_row(found, one) for one in scores])
    write_text(found.folder / REPORT, report_text(found))
    return found.folder / REPORT


def report_text(found: PromptComparison) -> str:
    """The page: what was chosen, every score, every text."""
    lines = [
        '# Prompts compared',
        '',
        f'`{found.config}` with `{found.checkpoint}`, {found.date}. Every prompt was asked on the '
        'validation data; the best of each task was then asked once on the test data.',
        '',
    ]
    if found.same_data:
        lines += [
            '**Validation and test data are the same file here, so the test score of the chosen '
            'prompt is too good.** Give the recipe another `test_dataloader.dataset` and '
            '`test_evaluator`.',
            '',
        ]
    lines += [*_chosen_part(found), *_validation_part(found), *_text_part(found)]
    return '\n'.join(lines).rstrip() + '\n'


def _chosen_part(found: PromptComparison) -> list[str]:
    rows = []
    for one in found.of_part('test'):
        on_val = next(
            score
            for score in found.of_part('val')
            if (score.weights, score.task, score.prompt) == (one.weights, one.task, one.prompt)
        )
        rows.append(
            [one.task, one.weights, one.prompt, one.metric, on_val.score, _shown(one)]
            + [one.num_samples, one.num_unreadable]
        )
    header = ['task', 'weights', 'best prompt', 'metric', 'validation', 'test [95 % interval]']
    table = markdown_table([*header, 'samples', 'unreadable'], rows)
    return ['## Chosen', '', table, '']


def _validation_part(found: PromptComparison) -> list[str]:
    rows = []
    for one in found.of_part('val'):
        is_chosen = found.chosen.get((one.weights, one.task)) == one.prompt
        rows.append(
            [one.task, one.weights, one.prompt, _shown(one), one.num_samples, one.num_unreadable]
            + ['chosen' if is_chosen else '']
        )
    header = ['task', 'weights', 'prompt', 'score [95 % interval]', 'samples', 'unreadable', '']
    return ['## On validation', '', markdown_table(header, rows), '']


def _text_part(found: PromptComparison) -> Iterator[str]:
    yield from ('## Texts', '')
    seen = {(one.task, one.prompt): one for one in found.of_part('val')}
    for one in seen.values():
        yield f'* {one.task}, {one.prompt} ({one.template}, sha256 {one.sha256[:12]}): `{one.text}`'


def _row(found: PromptComparison, one: PromptScore) -> dict[str, object]:
    chosen = found.chosen.get((one.weights, one.task)) == one.prompt
    return {
        'date': found.date,
        'data': one.part,
        'weights': one.weights,
        'task': one.task,
        'prompt': one.prompt,
        'template': one.template,
        'sha256': one.sha256,
        'metric': one.metric,
        'score': f'{one.score:.6g}',
        'low': '' if one.interval is None else f'{one.interval.low:.6g}',
        'high': '' if one.interval is None else f'{one.interval.high:.6g}',
        'samples': one.num_samples,
        'unreadable': one.num_unreadable,
        'chosen': 'yes' if chosen else '',
    }


def _shown(one: PromptScore) -> str:
    return f'{one.score:.3f}' if one.interval is None else str(one.interval)

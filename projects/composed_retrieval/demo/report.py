"""The demo's table and page."""

from __future__ import annotations

from collections.abc import Mapping

from vl_runtime.reports.tables import markdown_table

_COLUMNS = ('R@1', 'R@5', 'Rsub@1', 'mean7')


def score_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """One row a variant, percent."""
    rows = [
        [name, *(f'{100 * found[f"cirr/{column}"]:.1f}' for column in _COLUMNS)]
        for name, found in scores.items()
    ]
    return markdown_table(['model', *_COLUMNS], rows)


def legend(num_queries: int) -> str:
    """How the table is to be read."""
    error = 100 * (0.25 / num_queries) ** 0.5
    return (
        'The first two start from random weights, the second stages from the weights with text. '
        f'Percent of {num_queries} validation queries, weights of the last epoch. R@k: the target '
        'is among the k best of the gallery; Rsub@1: it is the best of the five others of its '
        'group; mean7: the mean of the seven recalls. The standard error of a recall is up to '
        f'{error:.1f}, and another seed moves it too: smaller differences mean nothing.'
    )


def report_page(
    scores: Mapping[str, Mapping[str, float]], seconds: Mapping[str, float], num_queries: int
) -> str:
    """``report.md``, with pictures relative to the work folder."""
    lines = [
        '# Composed retrieval of shapes: a picture and what to change -> the picture',
        '',
        score_table(scores),
        '',
        legend(num_queries),
        '',
        '## The five best of some queries (the target has a green frame)',
        '',
        '![rankings](top5.png)',
        '',
        markdown_table(['step', 'seconds'], [[k, f'{v:.0f}'] for k, v in seconds.items()]),
        '',
    ]
    return '\n'.join(lines)

"""Tables for logs, terminals and Markdown pages."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first to the left, the others to the right.

    >>> print(text_table(('class', 'AP'), [('star', '0.500')]))
    class     AP
    -----  -----
    star   0.500
    """
    lines = [list(header), *map(list, rows)]
    widths = _widths(lines)
    lines.insert(1, ['-' * width for width in widths])
    return '\n'.join('  '.join(_justified(line, widths)).rstrip() for line in lines)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns also line up as plain text; floats show three digits.

    >>> print(markdown_table(['phrase', 'AP'], [['red star', 0.5]]))
    | phrase   |    AP |
    |:---------|------:|
    | red star | 0.500 |
    """
    lines = [[_cell(value) for value in row] for row in (header, *rows)]
    widths = _widths(lines)
    table = ['| ' + ' | '.join(_justified(line, widths)) + ' |' for line in lines]
    ruler = [':' + '-' * (widths[0] + 1), *('-' * (width + 1) + ':' for width in widths[1:])]
    table.insert(1, '|' + '|'.join(ruler) + '|')
    return '\n'.join(table)


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines)]


def _justified(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(line, widths))
    ]


def _cell(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)

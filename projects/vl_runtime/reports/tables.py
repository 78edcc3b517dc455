"""One table for the terminal and for a Markdown page."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns also line up as plain text.

    The first column is left-aligned, the others right-aligned; floats show three digits.

    Example:
        >>> print(markdown_table(['phrase', 'AP'], [['red star', 0.5]]))
        | phrase   |    AP |
        |:---------|------:|
        | red star | 0.500 |
    """
    cells = [[_cell(value) for value in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]

    def line(row: list[str]) -> str:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        return '| ' + ' | '.join([first, *others]) + ' |'

    ruler = (
        '|'
        + '|'.join(
            '-' * (width + 1) + ':' if column else ':' + '-' * (width + 1)
            for column, width in enumerate(widths)
        )
        + '|'
    )
    return '\n'.join([line(cells[0]), ruler, *(line(row) for row in cells[1:])])


def _cell(value: object) -> str:
    return f'{value:.3f}' if isinstance(value, float) else str(value)

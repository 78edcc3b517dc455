"""``evaluation_table.csv``: a row for every evaluation, added by any number of processes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputValueError
from vl_runtime.file_lock import wait_for_turn

TABLE = 'evaluation_table.csv'


def append_rows(path: str | Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Add rows to a CSV file, which is made if it is not there.

    A column that the file does not have yet is added to it, empty in older rows; a row is empty
    in columns that it does not have. Processes wait for each other, and a reader sees the old
    file or the new one.

    Args:
        path: of the file.
        rows: values by column.

    Raises:
        InputValueError: the file is there and is no table with a header.
        InputPermissionError: it can't be written.
    """
    path = Path(path)
    with wait_for_turn(path.with_name(f'.{path.name}.lock')):
        header, older = read_table(path) if path.is_file() else ([], [])
        header = list(dict.fromkeys([*header, *(name for row in rows for name in row)]))
        text = io.StringIO()
        writer = csv.DictWriter(text, header, restval='', lineterminator='\n')
        writer.writeheader()
        writer.writerows([*older, *rows])
        write_text(path, text.getvalue())


def read_table(path: str | Path) -> tuple[list[str], list[dict[str, str]]]:
    """Column names and rows of a CSV file.

    Raises:
        InputValueError: no header, or a row of another length; names the line.
    """
    with Path(path).open(newline='', encoding='utf-8') as file:
        reader = csv.reader(file)
        header = next(reader, None)
        if not header or len(set(header)) != len(header):
            raise InputValueError(
                f'{path}: line 1: expected the names of columns, each once, found {header!r}; '
                'move the file away to begin a new one.'
            )
        rows = []
        for row in reader:
            if len(row) != len(header):
                raise InputValueError(
                    f'{path}: line {reader.line_num}: expected {len(header)} values, found '
                    f'{len(row)}; repair the line, or move the file away to begin a new one.'
                )
            rows.append(dict(zip(header, row)))
    return header, rows

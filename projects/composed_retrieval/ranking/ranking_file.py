"""A ranking as a file: a line of JSON about it, then one line for each query.

::

    {"format": "mmground-ranking", "format_version": 1, "dataset": "CIRR", "split": "test1"}
    {"query_id": "12", "ranking": ["name", ...], "subset_ranking": ["name", ...]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from composed_retrieval.ranking.query_ranking import QueryRanking
from vl_runtime.atomic_files import write_text
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

FORMAT = 'mmground-ranking'
FORMAT_VERSION = 1


def write_ranking_file(
    path: str | Path, answers: Sequence[QueryRanking], about: Mapping[str, Any]
) -> None:
    """Write the answers of a model.

    Args:
        about: has ``dataset`` and ``split``; what else is known of the run may be there too.
    """
    lines = [{'format': FORMAT, 'format_version': FORMAT_VERSION, **about}]
    for answer in answers:
        lines.append(
            {
                'query_id': answer.query_id,
                'ranking': list(answer.ranking),
                'subset_ranking': list(answer.subset_ranking),
            }
        )
    write_text(path, ''.join(f'{json.dumps(line, ensure_ascii=False)}\n' for line in lines))


def read_ranking_file(path: str | Path) -> tuple[dict[str, Any], list[QueryRanking]]:
    """(what the first line says, the answers).

    Raises:
        InputFileNotFoundError: no such file.
        InputValueError: not a ranking file, of another version, or a line that is no answer.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    about, *rows = [
        _object(line, path, number)
        for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), start=1)
    ] or [{}]
    if (about.get('format'), about.get('format_version')) != (FORMAT, FORMAT_VERSION):
        raise InputValueError(
            f'{path}: line 1: expected the format {FORMAT!r}, version {FORMAT_VERSION}, found '
            f'{about.get("format")!r}, version {about.get("format_version")!r}.'
        )
    return about, [_answer(row, path, number) for number, row in enumerate(rows, start=2)]


def _object(line: str, path: Path, number: int) -> dict:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputValueError(f'{path}: line {number}: not valid JSON ({error.msg}).') from error
    if not isinstance(value, dict):
        raise InputValueError(f'{path}: line {number}: expected an object, found {value!r:.60}.')
    return value


def _answer(row: dict, path: Path, number: int) -> QueryRanking:
    names, subset = row.get('ranking'), row.get('subset_ranking', [])
    lists = isinstance(names, list) and isinstance(subset, list)
    texts = lists and all(isinstance(name, str) for name in (*names, *subset))
    if not isinstance(row.get('query_id'), str) or not texts:
        raise InputValueError(
            f"{path}: line {number}: expected 'query_id' (a text), 'ranking' and 'subset_ranking' "
            f'(lists of names), found {json.dumps(row):.80}.'
        )
    return QueryRanking(row['query_id'], tuple(names), tuple(subset))

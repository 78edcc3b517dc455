"""``predictions.jsonl``: answers and boxes of a data set, written as they come, read later.

The first line is a header (what the predictions were made with), each further line is one
picture. While it is being written the file is called ``<name>.partial``; a run that was
stopped continues it. It gets its name when it is complete.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from vl_runtime.errors import InputFileNotFoundError, InputPermissionError, InputValueError
from vlm_detector.decoding.prediction_record import check_record, sample_key

FORMAT = 'mmground-predictions-1'


class PredictionsWriter:
    """Appends pictures to a predictions file; a context manager.

    Leaving the block without an error completes the file.

    Args:
        path: of the complete file.
        header: plain values: model, prompts, codec, classes, engine, score.

    Attributes:
        done: ``sample_key`` of what an earlier run has written.

    Raises:
        InputValueError: the partial file was made with another header.
        InputPermissionError: the file can't be written.
    """

    def __init__(self, path: str | Path, header: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.partial = self.path.with_name(f'{self.path.name}.partial')
        self._header = json.loads(_line({'format': FORMAT, **header}))
        self.done: set[tuple] = set()
        kept = self._kept_lines() if self.partial.is_file() else []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.partial.open('r+b' if kept else 'wb')
            if kept:
                self._file.seek(sum(map(len, kept)))
                self._file.truncate()
            else:
                self._write(self._header)
        except OSError as error:
            raise InputPermissionError(
                f'{self.partial}: cannot write here ({error.strerror}); choose another folder.'
            ) from error

    def __enter__(self) -> PredictionsWriter:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            os.replace(self.partial, self.path)

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a picture (``record_of``); the line is on disk when this returns."""
        self._write(record)
        self.done.add(sample_key(record))

    def _write(self, value: Mapping[str, Any]) -> None:
        try:
            self._file.write(_line(value).encode('utf-8'))
            self._file.flush()
        except OSError as error:
            raise InputPermissionError(
                f'{self.partial}: writing failed ({error.strerror}); what was written stays, the '
                'same command continues it.'
            ) from error

    def _kept_lines(self) -> list[bytes]:
        """The lines of an earlier run, without one that was cut while it was written."""
        lines = self.partial.read_bytes().splitlines(keepends=True)
        if lines and not (lines[-1].endswith(b'\n') and _is_json(lines[-1])):
            print_log(
                f'{self.partial}: line {len(lines)} was cut; its picture is predicted again.',
                logger='current',
                level=logging.WARNING,
            )
            lines.pop()
        if not lines:
            return []
        found = _content(lines[0], self.partial, 1)
        if found != self._header:
            different = [
                key for key in {**found, **self._header} if found.get(key) != self._header.get(key)
            ]
            raise InputValueError(
                f'{self.partial}: was made with another {", ".join(different)}; give another file '
                'name, or delete this file to start again.'
            )
        for number, line in enumerate(lines[1:], start=2):
            record = _content(line, self.partial, number)
            check_record(record, f'{self.partial}: line {number}')
            self.done.add(sample_key(record))
        return lines


def read_predictions(path: str | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and records of a complete predictions file.

    Raises:
        InputFileNotFoundError: no such file, or it is not complete.
        InputValueError: a line that is no record; names file and line.
    """
    path = Path(path)
    if not path.is_file():
        partial = path.with_name(f'{path.name}.partial')
        unfinished = f' {partial.name} is there: predict again to complete it.'
        raise InputFileNotFoundError(
            f'{path}: no such predictions file.' + (unfinished if partial.is_file() else '')
        )
    lines = _lines(path)
    header = next(lines, (1, None))[1]
    if not isinstance(header, dict) or header.get('format') != FORMAT:
        raise InputValueError(
            f'{path}: line 1: expected a header with format {FORMAT!r}, found {str(header)[:60]!r}.'
        )
    records, seen = [], {}
    for number, record in lines:
        where = f'{path}: line {number}'
        check_record(record, where)
        key = sample_key(record)
        if key in seen:
            raise InputValueError(
                f'{where}: img_id {record["img_id"]!r} ({key[1]}) is in line {seen[key]} too.'
            )
        seen[key] = number
        records.append(record)
    return header, records


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open('rb') as file:
        for number, line in enumerate(file, start=1):
            yield number, _content(line, path, number)


def _content(line: bytes, path: Path, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:  # broken JSON or broken UTF-8
        raise InputValueError(
            f'{path}: line {number}: expected a line of JSON, found {line[-40:]!r} at its end '
            '(was the file cut?); predict again.'
        ) from error


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + '\n'

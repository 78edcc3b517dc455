"""Captions or phrases of images, from JSON, CSV or TSV."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing
from vl_runtime.pseudo_labels.noun_phrases import noun_phrases


@dataclass(frozen=True)
class CaptionedImage:
    """An image and what to look for in it.

    Attributes:
        file_name: relative to the image folder.
        caption: the sentence, or the phrases joined by commas.
        phrases: the texts, each once.
    """

    file_name: str
    caption: str
    phrases: tuple[str, ...]


def read_captions(path: str | Path) -> list[CaptionedImage]:
    """The images of a caption file, in its order.

    JSON: ``{"a.jpg": "a dog on grass", "b.jpg": ["red car", "tree"]}``, or a list of
    objects with ``file_name`` and ``caption`` (or ``phrases``), or such a list under
    ``images``. CSV and TSV: two columns, file and caption; a first line ``file...`` is a
    heading.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: another form; a file name twice; an empty file.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    suffix = path.suffix.lower()
    if suffix == '.json':
        rows = _json_rows(read_json(path), path)
    elif suffix in ('.csv', '.tsv'):
        rows = _table_rows(path, '\t' if suffix == '.tsv' else ',')
    else:
        raise InputValueError(f'{path}: captions are read from .json, .csv or .tsv.')
    images = [_captioned(name, value, path, index) for index, (name, value) in enumerate(rows)]
    if not images:
        raise InputValueError(f'{path}: expected at least one image, found none.')
    first: dict[str, int] = {}
    for index, image in enumerate(images):
        other = first.setdefault(image.file_name, index)
        if other != index:
            raise InputValueError(
                f'{path}: entry {index}: expected a file of its own, found '
                f'{image.file_name!r}, which entry {other} has too.'
            )
    return images


def _json_rows(content: Any, path: Path) -> list[tuple[Any, Any]]:
    if isinstance(content, dict) and not isinstance(content.get('images'), list):
        return list(content.items())
    entries = content['images'] if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise InputValueError(
            f'{path}: expected an object or a list of captions, found {type(content).__name__}.'
        )
    rows = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or 'file_name' not in entry:
            raise InputValueError(
                f"{path}: entry {index}: expected an object with 'file_name' and 'caption' or "
                f"'phrases', found {entry!r:.60}."
            )
        rows.append((entry['file_name'], entry.get('phrases', entry.get('caption'))))
    return rows


def _table_rows(path: Path, delimiter: str) -> list[tuple[Any, Any]]:
    with path.open(encoding='utf-8-sig', newline='') as file:
        lines = [line for line in csv.reader(file, delimiter=delimiter) if line]
    if lines and lines[0][0].strip().lower().startswith('file'):
        lines = lines[1:]
    for index, line in enumerate(lines):
        if len(line) != 2:
            raise InputValueError(
                f'{path}: row {index}: expected two columns, file and caption, found {len(line)}.'
            )
    return [(name, caption) for name, caption in lines]


def _captioned(name: Any, value: Any, path: Path, index: int) -> CaptionedImage:
    if isinstance(name, str) and isinstance(value, str):
        return CaptionedImage(name, value, tuple(noun_phrases(value)))
    if isinstance(name, str) and isinstance(value, list) and all(map(_is_phrase, value)):
        phrases = tuple(dict.fromkeys(phrase.strip() for phrase in value))
        return CaptionedImage(name, ', '.join(phrases), phrases)
    raise InputValueError(
        f'{path}: entry {index} ({name!r}): expected a caption or a list of phrases, found '
        f'{value!r:.60}.'
    )


def _is_phrase(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())

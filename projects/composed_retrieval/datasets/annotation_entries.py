"""Entries of published retrieval annotations, each checked; an error names file and index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from composed_retrieval.datasets.composed_query import ComposedQuery
from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

_KIND_NAMES = {str: 'a text', int: 'a whole number', list: 'a list', dict: 'an object'}


def read_entries(path: str | Path, keys: Mapping[str, type]) -> list[dict]:
    """The list of objects in a JSON file, every one with ``keys`` of these types.

    Raises:
        InputFileNotFoundError, InputValueError: no such file, not JSON, not a list of objects,
            no entry at all, a key that is missing or of another type.
    """
    entries = read_json(path)
    if not isinstance(entries, list) or not entries:
        found = 'an empty list' if entries == [] else type(entries).__name__
        raise InputValueError(f'{path}: expected a list of queries, found {found}.')
    for index, entry in enumerate(entries):
        check_entry(entry, keys, f'{path}: entry {index}')
    return entries


def check_entry(entry: Any, keys: Mapping[str, type], where: str) -> None:
    """Raise InputValueError unless ``entry`` is an object with ``keys`` of these types."""
    if not isinstance(entry, dict):
        raise InputValueError(f'{where}: expected an object, found {entry!r:.60}.')
    for key, kind in keys.items():
        if key not in entry:
            raise InputValueError(
                f'{where}: expected the key {key!r}, found {", ".join(map(repr, entry))}.'
                f'{did_you_mean(key, entry)}'
            )
        value = entry[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputValueError(
                f'{where}: expected {_KIND_NAMES[kind]} under {key!r}, found {value!r:.60}.'
            )


def read_image_names(path: str | Path) -> tuple[str, ...]:
    """The names in a split file that is a list of texts, each once."""
    names = read_json(path)
    if not isinstance(names, list) or not names:
        found = 'an empty list' if names == [] else type(names).__name__
        raise InputValueError(f'{path}: expected a list of image names, found {found}.')
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise InputValueError(f'{path}: entry {index}: expected an image name, found {name!r}.')
        if first.setdefault(name, index) != index:
            raise InputValueError(
                f'{path}: entry {index}: expected a name of its own, found {name!r}, which entry '
                f'{first[name]} has too.'
            )
    return tuple(names)


def read_image_paths(path: str | Path) -> dict[str, str]:
    """The object ``name -> path`` in a split file."""
    content = read_json(path)
    if not isinstance(content, dict) or not content:
        found = 'an empty object' if content == {} else type(content).__name__
        raise InputValueError(f'{path}: expected an object {{image name: path}}, found {found}.')
    for name, value in content.items():
        if not isinstance(value, str) or not value:
            raise InputValueError(f'{path}: {name!r}: expected a path, found {value!r:.60}.')
    return content


def required_caption(text: str, where: str) -> str:
    """``text``; InputValueError if it is blank."""
    if not text.strip():
        raise InputValueError(f'{where}: expected a caption, found a blank text.')
    return text


def all_or_none(entries: Sequence[dict], key: str, path: str | Path) -> bool:
    """Whether every entry has ``key``; InputValueError when only some do."""
    having = [key in entry for entry in entries]
    if any(having) and not all(having):
        index = having.index(not having[0])
        raise InputValueError(
            f'{path}: entry {index}: {"expected the key" if having[0] else "unexpected key"} '
            f'{key!r}: {sum(having)} of {len(entries)} entries have it.'
        )
    return having[0]


def pixel_box(value: Any, where: str) -> tuple[float, float, float, float]:
    """``value`` as x1 y1 x2 y2 in pixels; InputValueError if it is no box."""
    good = isinstance(value, list) and len(value) == 4
    if not good or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        raise InputValueError(f'{where}: expected a box [x1, y1, x2, y2], found {value!r:.60}.')
    if not np.isfinite(value).all() or min(value) < 0:
        raise InputValueError(f'{where}: expected finite pixels from 0, found {value}.')
    if not (value[0] < value[2] and value[1] < value[3]):
        raise InputValueError(f'{where}: expected x1 < x2 and y1 < y2, found {value}.')
    return tuple(float(v) for v in value)


def check_queries(
    queries: Sequence[ComposedQuery],
    galleries: Mapping[str, Iterable[str]],
    path: str | Path,
) -> None:
    """Every id is there once, and every picture that a query names is in its gallery.

    Raises:
        InputKeyError: a picture is unknown.
        InputValueError: an id is there twice.
    """
    names = {gallery: set(members) for gallery, members in galleries.items()}
    first: dict[str, int] = {}
    for index, query in enumerate(queries):
        if first.setdefault(query.query_id, index) != index:
            raise InputValueError(
                f'{path}: entry {index}: expected an id of its own, found {query.query_id!r}, '
                f'which entry {first[query.query_id]} has too.'
            )
        named = {'reference': [query.reference], 'subset member': query.subset}
        named['ground truth'] = query.ground_truths
        named['target'] = [query.target] if query.target is not None else []
        for role, members in named.items():
            for name in members:
                if name not in names[query.gallery]:
                    raise InputKeyError(
                        f'{path}: entry {index} (id {query.query_id}): expected a {role} among '
                        f'the {len(names[query.gallery])} images of {query.gallery!r}, found '
                        f'{name!r}.'
                    )

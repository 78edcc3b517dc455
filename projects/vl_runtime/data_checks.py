"""Checks of annotation files: bad input stops with one line that names it.

An annotation file is read by :func:`read_json` and looked over once by
:func:`check_coco`, all annotations together in numpy. What can't be meant (a box
with NaN, an unknown category) raises; what every data set holds a few of (empty
boxes, boxes outside their image) is left out by the data sets, and counted here.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log

from vl_runtime.errors import InputFileNotFoundError, InputValueError, did_you_mean, why_missing

_MEANINGS = {
    'id': ' (a number of its own for each entry)',
    'width': ' (pixels of the image)',
    'height': ' (pixels of the image)',
}
_SHOWN_NAMES = 8  # known ids or names listed in an error before '...'


@dataclass(frozen=True)
class BoxCounts:
    """What :func:`check_coco` counted in one annotation file."""

    images: int
    annotations: int
    empty: int
    outside: int
    uncategorised: int


def read_json(path: str | Path) -> Any:
    """The content of a JSON file.

    Raises:
        InputFileNotFoundError: no such file; names a similar file of the folder.
        InputValueError: not JSON, or JSON that ends early; names line, column and size.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(path)}')
    data = path.read_bytes()
    if not data.strip():
        raise InputValueError(f'{path}: expected JSON, found an empty file ({len(data)} bytes).')
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        raise InputValueError(
            f'{path}: expected JSON, found bytes that are not text at byte {error.start} '
            f'of {len(data)}.'
        ) from error
    except json.JSONDecodeError as error:
        # Unterminated strings are reported at their start, so the text behind it counts too.
        cut = error.pos >= len(error.doc.rstrip()) or error.msg.startswith('Unterminated')
        found = 'the file ends in the middle (was it cut in half?)' if cut else error.msg
        raise InputValueError(
            f'{path}: not valid JSON at line {error.lineno}, column {error.colno} '
            f'of {len(data)} bytes: {found}.'
        ) from error


def check_coco(
    dataset: Any,
    ann_file: str | Path,
    *,
    with_categories: bool = True,
    allow_unknown_category: bool = False,
    image_name_key: str = 'file_name',
) -> BoxCounts:
    """Look over a COCO-style dictionary; counts of what data sets will leave out.

    Boxes that are empty (no area, or a side below one pixel) or lie outside their image
    are logged once, with the first one; they are left out by the data set, not here.

    Args:
        dataset: the content of the annotation file.
        ann_file: its name, for messages.
        with_categories: False for grounding files, whose ``category_id`` has no meaning.
        allow_unknown_category: log instead of raise when an annotation's category is
            not in the file, for use with an explicit choice of classes. Ids next to or
            between the known ones raise all the same: they look shifted.
        image_name_key: where an image names its file (``coco_url`` in LVIS).

    Raises:
        InputValueError: naming the first missing key, duplicate id, unknown category or
            image, or impossible box.
    """
    if not isinstance(dataset, dict):
        raise InputValueError(
            f'{ann_file}: expected a COCO annotation file (a JSON object with images, '
            f'annotations and categories), found a {type(dataset).__name__}.'
        )
    sections = ('images', 'annotations') + (('categories',) if with_categories else ())
    for section in sections:
        _check_section(dataset, section, ann_file)
    images, annotations = dataset['images'], dataset['annotations']
    if not images:
        raise InputValueError(f"{ann_file}: expected at least one image, 'images' is empty.")
    _check_entries(images, 'image', ('id', image_name_key, 'height', 'width'), ann_file)
    keys = ('id', 'image_id', 'bbox') + (('category_id',) if with_categories else ())
    _check_entries(annotations, 'annotation', keys, ann_file)
    _check_known(annotations, 'image_id', [image['id'] for image in images], ann_file)
    uncategorised = 0
    if with_categories:
        _check_categories(dataset['categories'], ann_file)
        known = [category['id'] for category in dataset['categories']]
        uncategorised = _check_known(
            annotations, 'category_id', known, ann_file, only_log=allow_unknown_category
        )
    empty, outside = _check_boxes(images, annotations, ann_file)
    return BoxCounts(len(images), len(annotations), empty, outside, uncategorised)


def area_of(annotation: dict) -> float:
    """``area`` in square pixels; width x height of the box when the file does not tell."""
    area = annotation.get('area')
    return annotation['bbox'][2] * annotation['bbox'][3] if area is None else area


def _check_section(dataset: dict, section: str, ann_file: str | Path) -> None:
    if section not in dataset:
        hint = did_you_mean(section, dataset)
        empty = " Images without boxes need 'annotations': [] in the file."
        raise InputValueError(
            f'{ann_file}: expected the key {section!r}, found {_listing(dataset)}.{hint}'
            f'{empty if section == "annotations" else ""}'
        )
    if not isinstance(dataset[section], list):
        raise InputValueError(
            f'{ann_file}: expected a list under {section!r}, '
            f'found a {type(dataset[section]).__name__}.'
        )


def _check_entries(entries: list, kind: str, keys: Sequence[str], ann_file: str | Path) -> None:
    """Every entry is a dictionary with ``keys``, and its id is there only once."""
    first: dict[Any, int] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise InputValueError(
                f'{ann_file}: {kind} {index}: expected an object, found {entry!r}.'
            )
        for key in keys:
            if entry.get(key) is None:
                found = f'{key!r}: null' if key in entry else _listing(entry)
                raise InputValueError(
                    f'{ann_file}: {kind} {index} (id {entry.get("id")}): expected the key '
                    f'{key!r}{_MEANINGS.get(key, "")}, found {found}.'
                )
        other = first.setdefault(entry['id'], index)
        if other != index:
            raise InputValueError(
                f'{ann_file}: {kind} {index}: expected an id of its own, found id '
                f'{entry["id"]!r}, which {kind} {other} has too.'
            )


def _check_categories(categories: list, ann_file: str | Path) -> None:
    if not categories:
        raise InputValueError(f"{ann_file}: expected at least one category, 'categories' is empty.")
    _check_entries(categories, 'category', ('id', 'name'), ann_file)
    first: dict[str, int] = {}
    for index, category in enumerate(categories):
        name = category['name']
        if not isinstance(name, str) or not name.strip():
            raise InputValueError(
                f'{ann_file}: category {index} (id {category["id"]}): expected a name, '
                f'found {name!r}.'
            )
        other = first.setdefault(name, index)
        if other != index:
            raise InputValueError(
                f'{ann_file}: category {index} (id {category["id"]}): expected a name of its '
                f'own, found {name!r}, which category {other} has too.'
            )


def _check_known(
    annotations: list, key: str, known: list, ann_file: str | Path, only_log: bool = False
) -> int:
    """Number of annotations whose ``key`` is not among ``known``; raises unless ``only_log``."""
    known_set = set(known)
    unknown = [i for i, annotation in enumerate(annotations) if annotation[key] not in known_set]
    if not unknown:
        return 0
    annotation = annotations[unknown[0]]
    message = (
        f'annotation {unknown[0]} (id {annotation["id"]}): expected a {key} that the file '
        f'lists ({_listing(known)}), found {annotation[key]!r}'
    )
    shifted = _looks_shifted([annotations[index][key] for index in unknown], known)
    if not only_log or shifted:
        also = f' ({len(unknown)} annotations of {len(annotations)} like it)'
        hint = '; are the ids counted from another number?' if shifted else ''
        raise InputValueError(f'{ann_file}: {message}{also}{hint}.')
    print_log(
        f'{ann_file}: {len(unknown)} of {len(annotations)} boxes belong to no category of the '
        f'file and were left out, first: {message}.',
        'current',
        logging.WARNING,
    )
    return len(unknown)


def _looks_shifted(unknown: list, known: list) -> bool:
    """An unknown id is next to or between the known ones: ids from 0 in a file from 1, say."""
    if not all(isinstance(value, int) for value in [*unknown, *known]):
        return False
    return any(min(known) - 1 <= value <= max(known) + 1 for value in unknown)


def _check_boxes(images: list, annotations: list, ann_file: str | Path) -> tuple[int, int]:
    """Counts of empty boxes and of boxes outside their image; raises for impossible ones."""
    sizes = {image['id']: (image['width'], image['height']) for image in images}
    for index, image in enumerate(images):
        size_wh = sizes[image['id']]
        if not all(isinstance(side, int | float) and side > 0 for side in size_wh):
            raise InputValueError(
                f'{ann_file}: image {index} (id {image["id"]}): expected width and height '
                f'above 0, found {size_wh[0]!r} and {size_wh[1]!r}.'
            )
    if not annotations:
        return 0, 0
    boxes = _box_array(annotations, ann_file)
    _first_offender(~np.isfinite(boxes).all(axis=1), 'four finite numbers', annotations, ann_file)
    negative = (boxes[:, 2:] < 0).any(axis=1)
    _first_offender(negative, 'a width and height of 0 or more', annotations, ann_file)

    area = np.array([area_of(annotation) for annotation in annotations], dtype=np.float64)
    size_wh = np.array([sizes[a['image_id']] for a in annotations], dtype=np.float64)
    x1y1 = np.maximum(boxes[:, :2], 0)
    x2y2 = np.minimum(boxes[:, :2] + boxes[:, 2:], size_wh)
    empty = (area <= 0) | (boxes[:, 2:] < 1).any(axis=1)
    outside = (x2y2 <= x1y1).any(axis=1) & ~empty
    _log_left_out(empty, 'empty', annotations, ann_file)
    _log_left_out(outside, 'outside the image', annotations, ann_file)
    return int(empty.sum()), int(outside.sum())


def _box_array(annotations: list, ann_file: str | Path) -> np.ndarray:
    """All boxes as an (N, 4) float array, xywh in pixels."""
    for index, annotation in enumerate(annotations):
        box = annotation['bbox']
        good = isinstance(box, list | tuple) and len(box) == 4
        if not good or not all(isinstance(value, int | float) for value in box):
            raise InputValueError(
                f'{ann_file}: annotation {index} (id {annotation["id"]}): expected a bbox of '
                f'four numbers [x, y, width, height], found {box!r}.'
            )
        if not isinstance(area_of(annotation), int | float):
            raise InputValueError(
                f'{ann_file}: annotation {index} (id {annotation["id"]}): expected a number as '
                f'area, found {annotation["area"]!r}.'
            )
    return np.array([annotation['bbox'] for annotation in annotations], dtype=np.float64)


def _first_offender(
    bad: np.ndarray, expected: str, annotations: list, ann_file: str | Path
) -> None:
    if not bad.any():
        return
    index = int(bad.argmax())
    annotation = annotations[index]
    raise InputValueError(
        f'{ann_file}: annotation {index} (id {annotation["id"]}): expected a bbox '
        f'[x, y, width, height] with {expected}, found {annotation["bbox"]} '
        f'({int(bad.sum())} of {len(annotations)} boxes like it).'
    )


def _log_left_out(bad: np.ndarray, what: str, annotations: list, ann_file: str | Path) -> None:
    count = int(bad.sum())
    if not count:
        return
    index = int(bad.argmax())
    annotation = annotations[index]
    verb = ('is', 'was') if count == 1 else ('are', 'were')
    print_log(
        f'{ann_file}: {count} of {len(annotations)} boxes {verb[0]} {what} and {verb[1]} left '
        f'out, first: annotation {index} (id {annotation["id"]}, image {annotation["image_id"]}) '
        f'with bbox {annotation["bbox"]} and area {area_of(annotation)}.',
        'current',
        logging.WARNING,
    )


def _listing(names: Iterable) -> str:
    shown = [repr(name) for name in names]
    more = f', ... {len(shown)} in all' if len(shown) > _SHOWN_NAMES else ''
    return ', '.join(shown[:_SHOWN_NAMES]) + more if shown else 'nothing'

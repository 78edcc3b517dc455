"""Values of a recipe that follow from the user's annotation file.

A recipe for own data can't know how many classes there are, or whether the objects have
outlines. It writes one of these instead, anywhere:

    num_prompts='from_annotations:num_classes'
    min_area_ratio=dict(from_annotations='has_masks', yes=0.01, no=0.1)

``load_config`` puts the values in as soon as the annotation file is there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from vl_runtime.data_checks import read_json
from vl_runtime.errors import InputFileNotFoundError, InputValueError

_PREFIX = 'from_annotations:'
NUM_CLASSES = f'{_PREFIX}num_classes'
CONDITION = 'from_annotations'  # key of a dict that also has 'yes' and 'no'
NOTES = 'annotation_notes'  # top-level key of a config: lines for the log of a training


@dataclass(frozen=True)
class AnnotationValues:
    """What one COCO-style annotation file says.

    Attributes:
        path: the file.
        num_classes: its categories.
        has_masks: every annotation (crowds aside) has a polygon.
        notes: the same as lines for a log.
    """

    path: str
    num_classes: int
    has_masks: bool
    notes: tuple[str, ...]


def fill_annotation_values(config: Config) -> None:
    """Replace every placeholder of ``config``; nothing happens while the file is missing.

    The file is that of the first data set of ``train_dataloader``, else ``val_dataloader``,
    else ``test_dataloader``. What was found is kept under ``annotation_notes``.

    Raises:
        InputValueError: the file is not a COCO-style one, or ``model.embedding_path`` has
            another number of rows than there are classes.
    """
    if next(open_values(config), None) is None:
        return
    path = next((path for path in _annotation_files(config) if path.is_file()), None)
    if path is None:
        return
    stat = path.stat()
    values = _read_values(str(path), stat.st_mtime_ns, stat.st_size)
    model = config.get('model') or {}
    if model.get('num_prompts') == NUM_CLASSES and model.get('embedding_path'):
        _check_rows(Path(model['embedding_path']), values)
    for key in config:
        config[key] = _filled(config[key], values)
    config[NOTES] = list(values.notes)


def require_annotation_values(config: Config) -> None:
    """Raise InputFileNotFoundError while a value is open because the file is missing."""
    name = next(open_values(config, model_only=True), None)
    if name is None:
        return
    path = next(_annotation_files(config), 'an annotation file')
    raise InputFileNotFoundError(
        f'{config.filename}: {name} follows from {path}, which is not there; set data_root '
        '(--cfg-options data_root=FOLDER), or use the config that training wrote into its work '
        'folder.'
    )


def open_values(config: Config, model_only: bool = False) -> Iterator[str]:
    """Dotted names of the placeholders that are still in ``config``."""
    for key in ('model',) if model_only else config:
        yield from _open_below(config.get(key), key)


def _open_below(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if CONDITION in value:
            yield name
            return
        for key, item in value.items():
            yield from _open_below(item, f'{name}.{key}')
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _open_below(item, f'{name}.{index}')
    elif isinstance(value, str) and value.startswith(_PREFIX):
        yield name


def _filled(value: Any, values: AnnotationValues) -> Any:
    if isinstance(value, dict):
        if CONDITION in value:
            _check_condition(value)
            return _filled(value['yes' if values.has_masks else 'no'], values)
        for key in list(value):
            value[key] = _filled(value[key], values)
        return value
    if isinstance(value, list | tuple):
        return type(value)(_filled(item, values) for item in value)
    if isinstance(value, str) and value.startswith(_PREFIX):
        if value != NUM_CLASSES:
            raise InputValueError(f'expected {NUM_CLASSES!r} in the recipe, found {value!r}.')
        return values.num_classes
    return value


def _check_condition(value: Mapping[str, Any]) -> None:
    if value[CONDITION] != 'has_masks' or not {'yes', 'no'} <= set(value):
        raise InputValueError(
            f"expected dict({CONDITION}='has_masks', yes=..., no=...) in the recipe, found "
            f'{dict(value)!r:.100}.'
        )


def _annotation_files(config: Config) -> Iterator[Path]:
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataset = (config.get(loader) or {}).get('dataset')
        while dataset:
            if dataset.get('ann_file'):
                yield Path(dataset.get('data_root') or '') / dataset['ann_file']
                break
            inner = dataset.get('dataset') or dataset.get('datasets')
            dataset = inner[0] if isinstance(inner, list | tuple) and inner else inner


@functools.lru_cache(maxsize=4)
def _read_values(path: str, _modified: int, _size: int) -> AnnotationValues:
    content = read_json(path)
    for key in ('categories', 'annotations'):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise InputValueError(
                f'{path}: expected a COCO-style object with lists "categories" and '
                f'"annotations"; {key!r} is missing or not a list.'
            )
    objects = [a for a in content['annotations'] if not a.get('iscrowd')]
    without = [a for a in objects if not _has_polygon(a)]
    return AnnotationValues(
        path,
        len(content['categories']),
        bool(objects) and not without,
        (f'{path}: {len(content["categories"])} classes.', _mask_note(path, objects, without)),
    )


def _mask_note(path: str, objects: list, without: list) -> str:
    if objects and not without:
        return f'{path}: all {len(objects)} objects have polygons: mask-refine is on.'
    first = f', first: annotation id {without[0].get("id")}' if without else ''
    return (
        f'{path}: {len(without)} of {len(objects)} objects have no polygon{first}: mask-refine '
        'is off, boxes alone are used.'
    )


def _has_polygon(annotation: Mapping[str, Any]) -> bool:
    """At least one polygon of three corners; run lengths don't count."""
    outline = annotation.get('segmentation')
    return (
        isinstance(outline, list)
        and bool(outline)
        and all(isinstance(part, list) and len(part) >= 6 for part in outline)
    )


def _check_rows(path: Path, values: AnnotationValues) -> None:
    """The user's prompts: one row per class. A missing file is the detector's to tell."""
    if not path.is_file():
        return
    rows = len(np.load(path, mmap_mode='r'))
    if rows != values.num_classes:
        extra = ' (is the last one the background?)' if rows == values.num_classes + 1 else ''
        raise InputValueError(
            f'{path}: expected {values.num_classes} rows, one prompt for each class of '
            f'{values.path}, found {rows}{extra}; write them anew in the order of the classes.'
        )

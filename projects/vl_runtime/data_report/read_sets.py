"""Which annotation files a recipe or a single file means, and where their images are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from vl_runtime.data_checks import read_json
from vl_runtime.data_report.annotation_set import (
    CAPTION,
    DETECTION,
    TOKENS,
    AnnotationSet,
    image_key_of,
    kind_of,
)
from vl_runtime.data_report.finding import ERROR, Finding
from vl_runtime.errors import InputKeyError, UserInputError

PARTS = ('train', 'val', 'test')


def sets_of_recipe(config: Config) -> list[AnnotationSet]:
    """The annotation sets of train, val and test; joined data sets give one each.

    Raises:
        InputKeyError: none of the data loaders has a data set with an annotation file.
    """
    sets = []
    for part in PARTS:
        loader = config.get(f'{part}_dataloader') or {}
        parts = list(_leaves(loader.get('dataset'), None))
        for index, (leaf, text_path) in enumerate(parts):
            name = part if len(parts) == 1 else f'{part}[{index}]'
            sets.append(_set_of(leaf, text_path, name))
    if not sets:
        raise InputKeyError(
            f'{config.filename}: expected a data set with ann_file in one of '
            f'{", ".join(f"{part}_dataloader" for part in PARTS)}, found none.'
        )
    return sets


def _leaves(dataset: Any, text_path: str | None) -> Iterator[tuple[Mapping, str | None]]:
    """(config of an inner data set, its class text file) below any wrappers."""
    if not isinstance(dataset, Mapping):
        return
    text_path = dataset.get('class_text_path') or text_path
    if 'datasets' in dataset:
        for item in dataset['datasets']:
            yield from _leaves(item, text_path)
    elif isinstance(dataset.get('dataset'), Mapping):
        yield from _leaves(dataset['dataset'], text_path)
    elif dataset.get('ann_file'):
        yield dataset, text_path


def _set_of(leaf: Mapping, text_path: str | None, name: str) -> AnnotationSet:
    root = leaf.get('data_root') or ''
    prefix = (leaf.get('data_prefix') or {}).get('img', '')
    folders = [prefix] if isinstance(prefix, str) else list(prefix)
    type_name = leaf['type'] if isinstance(leaf['type'], str) else leaf['type'].__name__
    classes = (leaf.get('metainfo') or {}).get('classes')
    return AnnotationSet(
        name,
        Path(os.path.join(root, leaf['ann_file'])),
        kind=_kind_of_type(type_name),
        image_folders=[Path(os.path.join(root, folder)) for folder in folders],
        image_key='coco_url' if 'LVISV1' in type_name else 'file_name',
        classes=None if classes is None or isinstance(classes, str) else list(classes),
        class_text_path=text_path,
        sorted_by_id='Objects365V1' in type_name or 'V3Det' in type_name,
    )


def _kind_of_type(type_name: str) -> str:
    if 'GeneralGrounding' in type_name:
        return TOKENS
    return CAPTION if 'MixedGrounding' in type_name else DETECTION


def set_of_file(
    ann_file: Path, image_folder: str | None, class_text_path: str | None
) -> AnnotationSet:
    """One annotation file; its kind follows from its content when that has been read."""
    folders = [Path(image_folder)] if image_folder else []
    return AnnotationSet(
        ann_file.stem, ann_file, image_folders=folders, class_text_path=class_text_path
    )


def load_content(data: AnnotationSet, *, guess: bool) -> list[Finding]:
    """Read the JSON into ``data.content``; a broken file is a finding.

    Args:
        guess: take the kind, the image key and the image folder from the content.
    """
    try:
        data.content = read_json(data.ann_file)
    except UserInputError as error:
        message = 'annotation file that cannot be read'
        return [Finding.of(data, ERROR, 'json', message=message, offenders=[str(error)])]
    if guess:
        data.kind = kind_of(data.content)
        data.image_key = image_key_of(data.content)
        data.image_folders = data.image_folders or [_image_folder(data)]
    return []


def _image_folder(data: AnnotationSet) -> Path:
    """Where the first image of the file is: beside the annotations, or below a parent of them."""
    images = data.content.get('images') if isinstance(data.content, dict) else None
    first = images[0] if isinstance(images, list) and images else None
    if not isinstance(first, dict) or not isinstance(first.get(data.image_key), str):
        return data.ann_file.parent
    name = data.image_name(first)
    parents = [data.ann_file.parent, *data.ann_file.parents[1:3]]
    below = ('', 'images', 'JPEGImages', data.ann_file.stem.rpartition('_')[2])
    for folder in [parent / part for parent in parents for part in below]:
        if (folder / name).is_file():
            return folder
    return data.ann_file.parent

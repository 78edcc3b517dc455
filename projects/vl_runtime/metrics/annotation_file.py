"""Read a COCO or LVIS annotation file for evaluation: checked, complete, small."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputFileNotFoundError, InputValueError, did_you_mean
from vl_runtime.metrics.segmentations import check_segmentation

# Attributes stay out, and segmentations unless asked for: a metric on boxes reads none.
_KEPT = ('image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'ignore')


def load_annotation_file(
    path: str | Path, *, with_masks: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """``images``, ``categories`` and ``annotations`` of a COCO-style JSON file.

    What own data often lacks is completed: ``area`` (width * height), ``iscrowd`` (0).
    Annotations are numbered anew from 1, because COCO's matching reads id 0 as
    "no match".

    Args:
        with_masks: every annotation must have a ``segmentation``, which is kept.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: not JSON, a part is missing, an annotation has no usable box
            (or mask) or names an unknown image.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(
            f'{path}: annotation file not found; set ann_file of the metric to a COCO-style JSON.'
        )
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputValueError(f'{path}: not a complete JSON file ({error}).') from error
    for part in ('images', 'categories', 'annotations'):
        if not isinstance(content, dict) or not isinstance(content.get(part), list):
            raise InputValueError(
                f'{path}: expected a COCO-style object with lists "images", "categories" and '
                f'"annotations"; {part!r} is missing or not a list.'
            )
    images = {image['id']: image for image in content['images']}
    annotations = complete_annotations(content['annotations'], set(images), str(path))
    if with_masks:
        for index, (kept, given) in enumerate(zip(annotations, content['annotations'])):
            segmentation = given.get('segmentation')
            check_segmentation(segmentation, images[given['image_id']], str(path), index)
            kept['segmentation'] = segmentation
    return {
        'images': content['images'],
        'categories': content['categories'],
        'annotations': annotations,
    }


def complete_annotations(
    annotations: Sequence[dict[str, Any]], image_ids: set[Any], source: str
) -> list[dict[str, Any]]:
    """Copies with ``area``, ``iscrowd`` and ids 1, 2, ...; see ``load_annotation_file``."""
    completed = []
    for index, annotation in enumerate(annotations):
        box = annotation.get('bbox')
        if not isinstance(box, list | tuple) or len(box) != 4 or not all(map(_finite, box)):
            raise InputValueError(
                f'{source}: annotation {index}: expected "bbox" with four numbers '
                f'[x, y, width, height], found {box!r}.'
            )
        if annotation.get('image_id') not in image_ids:
            raise InputValueError(
                f'{source}: annotation {index}: image_id {annotation.get("image_id")!r} is not '
                f'among the {len(image_ids)} images of the file.'
            )
        kept = {key: annotation[key] for key in _KEPT if annotation.get(key) is not None}
        kept.setdefault('area', float(box[2]) * float(box[3]))
        kept.setdefault('iscrowd', 0)
        completed.append(dict(kept, id=index + 1))
    return completed


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def category_ids(
    categories: Sequence[dict[str, Any]], class_names: Sequence[str], source: str
) -> list[Any]:
    """The category id of each class, ``None`` where the file has no such category.

    Names are compared exactly; if that leaves a class without a category, lower-cased
    and with ``_`` read as a space.

    Raises:
        InputValueError: no class at all is a category, or a name occurs twice.
    """
    by_name: dict[str, Any] = {}
    for category in categories:
        if category['name'] in by_name:
            raise InputValueError(
                f'{source}: category name {category["name"]!r} occurs twice (ids '
                f'{by_name[category["name"]]} and {category["id"]}); names must be unique.'
            )
        by_name[category['name']] = category['id']
    by_plain_name = {_plain(name): number for name, number in by_name.items()}
    ids = [by_name.get(name, by_plain_name.get(_plain(name))) for name in class_names]
    if class_names and all(number is None for number in ids):
        raise InputValueError(
            f'{source}: expected categories named like the classes of the data set '
            f'({class_names[0]!r}, ...), found none of the {len(class_names)}; the file has '
            f'{", ".join(map(repr, list(by_name)[:5])) or "no category"}.'
            f'{did_you_mean(class_names[0], by_name)}'
        )
    return ids


def _plain(name: str) -> str:
    return ' '.join(name.lower().replace('_', ' ').split())

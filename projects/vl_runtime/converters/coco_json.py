"""Write converted images as COCO detection JSON, one file for each split."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vl_runtime.atomic_files import atomic_path
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import mask_area

DIFFICULT_CHOICES = ('keep', 'ignore', 'drop')
_MOST_CLASSES = 20  # counted one by one; LVIS has 1203
_DECIMALS = 4  # of a pixel; enough for any annotation, and no 0.30000000000000004


def coco_dicts(
    images: Sequence[LabelledImage],
    splits: Mapping[str, Sequence[str]],
    class_names: Sequence[str],
    *,
    difficult: str = 'keep',
    prefix: str = '',
    supercategories: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """A COCO dictionary for each split.

    Category ids are 1, 2, ... in the order of ``class_names``. Image ids count the images in
    the order of their names over all splits, and annotation ids likewise: the same image has
    the same id however it is split. ``bbox`` is [x, y, width, height] in pixels.

    Args:
        images: with different ``file_name``.
        splits: split -> file names; an image may be in several.
        class_names: holds the name of every box.
        difficult: of VOC's difficult objects: 'keep' as any other (with ``"difficult": 1``),
            'ignore' as ``iscrowd`` = 1 (neither trained on nor counted as a miss), 'drop'.
        prefix: put before each file name, such as ``images/``.
        supercategories: of each class name, such as the industry of a brand.
    """
    categories = [{'id': number, 'name': name} for number, name in enumerate(class_names, 1)]
    if supercategories is not None:
        categories = [
            {**item, 'supercategory': supercategories[item['name']]} for item in categories
        ]
    id_of = {category['name']: category['id'] for category in categories}
    of_image: dict[str, tuple[dict, list[dict]]] = {}
    number = 0
    for image_id, image in enumerate(sorted(images, key=lambda item: item.file_name), 1):
        annotations = []
        for box in image.boxes:
            if box.difficult and difficult == 'drop':
                continue
            number += 1
            annotations.append(
                {'id': number, 'image_id': image_id, 'category_id': id_of[box.name]}
                | _geometry(box)
                | {'iscrowd': int(box.difficult and difficult == 'ignore')}
                | ({'difficult': 1} if box.difficult else {})
            )
        entry = {'id': image_id, 'file_name': prefix + image.file_name}
        of_image[image.file_name] = (
            entry | {'width': image.width, 'height': image.height},
            annotations,
        )
    return {
        split: {
            'images': [of_image[name][0] for name in names],
            'annotations': [item for name in names for item in of_image[name][1]],
            'categories': categories,
        }
        for split, names in splits.items()
    }


def _geometry(box: LabelledBox) -> dict[str, Any]:
    x1, y1, x2, y2 = box.box_xyxy
    width, height = x2 - x1, y2 - y1
    bbox = [round(value, _DECIMALS) for value in (x1, y1, width, height)]
    if box.mask_rle is None:
        return {'bbox': bbox, 'area': round(width * height, _DECIMALS)}
    return {'bbox': bbox, 'area': mask_area(box.mask_rle), 'segmentation': dict(box.mask_rle)}


def write_coco(folder: Path, dicts: Mapping[str, dict[str, Any]]) -> dict[str, Path]:
    """Write ``instances_<split>.json`` for each split: all of them, or none when one fails.

    A new training part beside an old test part could share images with it.

    Raises:
        InputValueError: a split has no image (nothing is written).
        InputPermissionError: the folder can't be written.
    """
    for split, content in dicts.items():
        if not content['images']:
            raise InputValueError(
                f'{split}: expected at least one image in this split, found none.'
            )
    paths = {split: folder / f'instances_{split}.json' for split in dicts}
    with contextlib.ExitStack() as written:
        for split, path in paths.items():
            content = json.dumps(dicts[split], allow_nan=False, ensure_ascii=False)
            written.enter_context(atomic_path(path)).write_text(f'{content}\n', encoding='utf-8')
    return paths


def summary_lines(dicts: Mapping[str, dict[str, Any]]) -> list[str]:
    """For each split: images, those without a box, boxes, and boxes of each class."""
    lines = []
    for split, content in dicts.items():
        with_boxes = {annotation['image_id'] for annotation in content['annotations']}
        empty = len(content['images']) - len(with_boxes)
        counts = dict.fromkeys((category['id'] for category in content['categories']), 0)
        for annotation in content['annotations']:
            counts[annotation['category_id']] += 1
        of_class = _counted_names(
            {category['name']: counts[category['id']] for category in content['categories']}
        )
        lines.append(
            f'{split}: {len(content["images"])} images ({empty} without a box), '
            f'{len(content["annotations"])} boxes: {of_class}'
        )
    return lines


def _counted_names(counts: Mapping[str, int]) -> str:
    """``cat 3, dog 0``; the most frequent ones when there are many."""
    if len(counts) <= _MOST_CLASSES:
        return ', '.join(f'{name} {number}' for name, number in counts.items())
    shown = sorted(counts, key=lambda name: (-counts[name], name))[: _MOST_CLASSES // 2]
    present = sum(number > 0 for number in counts.values())
    listed = ', '.join(f'{name} {counts[name]}' for name in shown)
    return f'{listed}, ... ({present} of {len(counts)} classes)'

"""Pictures and objects of COCO in the form of RefCOCO, with phrases that their boxes make true."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections import defaultdict
from pathlib import Path

# split: (annotation file of the sample, its first pictures that are left out, number)
_SPLITS = {'train': ('train', 0, 8), 'val': ('val', 0, 4), 'testA': ('train', 8, 4)}


def write_phrase_archive(coco: str | Path, archive: str | Path) -> None:
    """``refcoco.zip`` with ``refcoco/refs(unc).p`` and ``refcoco/instances.json``.

    The phrases are "the largest CLASS" and "the CLASS on the left" or "right" where a picture
    shows several.

    Args:
        coco: folder with ``annotations/instances_{train,val}.json``.
    """
    parts = {
        name: json.loads((Path(coco) / f'annotations/instances_{name}.json').read_text())
        for name in ('train', 'val')
    }
    categories = parts['train']['categories']
    names = {category['id']: category['name'] for category in categories}
    images, annotations, references = [], [], []
    for split, (part, start, count) in _SPLITS.items():
        objects = _objects(parts[part])
        shown = [image for image in parts[part]['images'] if objects[image['id']]]
        for image in shown[start : start + count]:
            images.append({**image, 'file_name': Path(image['file_name']).name})
            annotations += objects[image['id']]
            for annotation, phrases in _phrases(objects[image['id']], names):
                references.append(
                    {
                        'ref_id': len(references) + 1,
                        'ann_id': annotation['id'],
                        'image_id': image['id'],
                        'split': split,
                        'sentences': [{'sent': phrase} for phrase in phrases],
                    }
                )
    content = {'images': images, 'annotations': annotations, 'categories': categories}
    with zipfile.ZipFile(archive, 'w') as file:
        file.writestr('refcoco/instances.json', json.dumps(content))
        file.writestr('refcoco/refs(unc).p', pickle.dumps(references))


def _objects(part: dict) -> dict[int, list[dict]]:
    found = defaultdict(list)
    for annotation in part['annotations']:
        if not annotation['iscrowd']:
            found[annotation['image_id']].append(annotation)
    return found


def _phrases(objects: list[dict], names: dict[int, str]) -> list[tuple[dict, list[str]]]:
    """The phrases of one picture by object."""
    largest = max(objects, key=lambda one: one['area'])
    same = [one for one in objects if one['category_id'] == largest['category_id']]
    name = names[largest['category_id']]
    if len(same) == 1:
        return [(largest, [f'the {name}'])]
    left = min(same, key=lambda one: one['bbox'][0])
    right = max(same, key=lambda one: one['bbox'][0] + one['bbox'][2])
    found = {one['id']: (one, []) for one in (largest, left, right)}
    for one, phrase in (
        (largest, f'the largest {name}'),
        (left, f'the {name} on the left'),
        (right, f'the {name} on the right'),
    ):
        found[one['id']][1].append(phrase)
    return list(found.values())

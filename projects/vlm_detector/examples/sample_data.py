"""Lay the samples out as the guides expect their data: archives, folders of pictures and labels.

Each function takes the folder of the samples and the folder of the example.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from vl_runtime.atomic_files import write_json
from vlm_detector.examples.logo_pictures import write_logo_archive
from vlm_detector.examples.sample_phrases import write_phrase_archive

_LOGOS_PER_BRAND = 4
_MASKED_PICTURES = 4


def logos(samples: Path, folder: Path) -> None:
    """``LogoDet-3K.zip`` with drawn logos in pictures of COCO."""
    write_logo_archive(
        samples / 'coco_small/images', folder / 'LogoDet-3K.zip', per_brand=_LOGOS_PER_BRAND
    )


def main_subject(samples: Path, folder: Path) -> None:
    """``DUTS-TR.zip`` with soft masks; ``refcoco.zip`` with its pictures as COCO train2014."""
    source = samples / 'saliency_small'
    with zipfile.ZipFile(folder / 'DUTS-TR.zip', 'w') as file:
        for part, kind in (('images', 'Image'), ('maps_u2net', 'Mask')):
            for path in sorted((source / part).iterdir()):
                file.write(path, f'DUTS-TR/DUTS-TR-{kind}/{path.name}')
    write_phrase_archive(samples / 'coco_small', folder / 'refcoco.zip')
    shutil.copytree(samples / 'coco_small/images', folder / 'data/coco/train2014')


def textile(samples: Path, folder: Path) -> None:
    """``data/fabric`` with both kinds of labels; ``data/mine`` with outlines of COCO."""
    shutil.copytree(samples / 'fabric_small', folder / 'data/fabric')
    mine = folder / 'data/mine'
    shutil.copytree(samples / 'coco_small/images', mine / 'images')
    names = [f'annotations/instances_{split}.json' for split in ('train', 'val')]
    contents = [_with_outlines(samples / 'coco_small' / name) for name in names]
    # The prompt of 80 classes is longer than the tiny model's 256 positions.
    shown = {one['category_id'] for content in contents for one in content['annotations']}
    for name, content in zip(names, contents):
        content['categories'] = [one for one in content['categories'] if one['id'] in shown]
        write_json(mine / name, content)


def blood_cells(samples: Path, folder: Path) -> None:
    """``BCCD`` as it is published: Pascal VOC with a list of each split."""
    shutil.copytree(samples / 'bccd_small', folder / 'BCCD')


def _with_outlines(path: Path) -> dict:
    """The first pictures of a COCO file with their polygons, without crowds."""
    content = json.loads(path.read_text(encoding='utf-8'))
    objects = [one for one in content['annotations'] if not one['iscrowd']]
    with_objects = {one['image_id'] for one in objects}
    shown = [image for image in content['images'] if image['id'] in with_objects]
    images = [
        {**image, 'file_name': f'images/{Path(image["file_name"]).name}'}
        for image in shown[:_MASKED_PICTURES]
    ]
    kept = {image['id'] for image in images}
    objects = [one for one in objects if one['image_id'] in kept]
    return {'images': images, 'annotations': objects, 'categories': content['categories']}

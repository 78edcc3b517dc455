"""COCO JSON -> a Florence-2 training file."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import numpy as np

from vl_runtime.atomic_files import write_text
from vl_runtime.boxes import xywh_to_xyxy
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputValueError
from vlm_detector.codecs import Florence2Codec
from vlm_detector.converters.florence_lines import FlorenceLine

_CHANGES = {
    'outside': 'boxes outside their image left out',
    'empty': 'empty boxes left out',
    'clipped': 'boxes clipped to their image',
    'widened': 'boxes thinner than one of 1000 units, widened to one',
}


def coco_to_florence(
    annotations: str | Path,
    out: str | Path,
    *,
    image_folder: str | Path | None = None,
    order: str = 'raster',
) -> list[str]:
    """Boxes of an annotation file as JSON lines, in the order of its images.

    Coordinates follow ``Florence2Codec``: the unit of 1000 that holds them. A picture without
    objects gets the empty suffix. Crowd regions are left out: they are no single object.

    Args:
        annotations: COCO JSON.
        out: file to write (``.jsonl``); pictures are named relative to its folder.
        image_folder: what the file names of ``annotations`` are relative to; the folder above
            it if None.
        order: of the objects in a line, ``raster`` or ``area``.

    Returns:
        Lines that say what was written and what was left out.

    Raises:
        UserInputError: the file is wrong, or a class name can't stand in an answer.
    """
    source, target = Path(annotations), Path(out)
    if target.suffix != '.jsonl':
        raise InputValueError(f'{target}: expected the name of a .jsonl file.')
    content = read_json(source)
    check_coco(content, source)
    folder = source.resolve().parent.parent if image_folder is None else Path(image_folder)
    way = Path(os.path.relpath(folder.resolve(), target.resolve().parent)).as_posix()
    report = ConversionReport()
    writer = _Writer(content, Florence2Codec(order=order), report)
    lines = []
    for image in content['images']:
        if not (folder / image['file_name']).is_file():
            report.note('pictures that are not there', str(folder / image['file_name']))
        name = image['file_name'] if way == '.' else f'{way}/{image["file_name"]}'
        lines.append(FlorenceLine(str(target), name, writer.suffix(image)).to_json())
    write_text(target, ''.join(f'{line}\n' for line in lines))
    return [
        f'{target}: {len(lines)} pictures ({writer.num_empty} without an object), '
        f'{writer.num_boxes} boxes',
        *report.lines(),
    ]


class _Writer:
    """The answer text of each image of a COCO dictionary; counts what is in them."""

    def __init__(self, content: dict, codec: Florence2Codec, report: ConversionReport) -> None:
        self.codec, self.report = codec, report
        self.names = [category['name'] for category in content['categories']]
        self.label_of = {category['id']: i for i, category in enumerate(content['categories'])}
        self.of_image = defaultdict(list)
        self.num_boxes = self.num_empty = 0
        for annotation in content['annotations']:
            if annotation.get('iscrowd'):
                report.note('crowd regions left out', f'annotation id {annotation["id"]}')
            else:
                self.of_image[annotation['image_id']].append(annotation)

    def suffix(self, image: dict) -> str:
        """The answer for ``image``."""
        annotations = self.of_image[image['id']]
        boxes = np.array([a['bbox'] for a in annotations], np.float64).reshape(-1, 4)
        size_wh = (image['width'], image['height'])
        answer = self.codec.encode_objects(
            xywh_to_xyxy(boxes),
            [self.label_of[annotation['category_id']] for annotation in annotations],
            self.names,
            image_size_wh=size_wh,
            model_size_wh=size_wh,
        )
        for counter, kind in _CHANGES.items():
            if answer.counters[counter]:
                self.report.note(kind, image['file_name'])
        self.num_boxes += len(answer.indices)
        self.num_empty += not len(answer.indices)
        return answer.text

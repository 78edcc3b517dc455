"""COCO JSON -> Pascal VOC files, to look over and mend in LabelImg."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from vl_runtime.atomic_files import write_bytes
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.data_checks import check_coco, read_json
from vl_runtime.errors import InputValueError

_DECIMALS = 4  # of a pixel


def coco_to_voc(annotations: str | Path, out: str | Path) -> list[str]:
    """Write ``Annotations/<stem>.xml`` below ``out`` for each image; the inverse of ``read_voc``.

    Coordinates are edges in pixels, with their decimals. Crowd regions are left out and counted;
    ``difficult`` objects keep their mark. Pictures stay where they are.

    Returns:
        Lines that say what was written.

    Raises:
        UserInputError: the file is wrong, two images have one stem, or there are XML files
            already. Nothing is written then.
    """
    source, folder = Path(annotations), Path(out) / 'Annotations'
    content = read_json(source)
    check_coco(content, source)
    if next(folder.glob('*.xml'), None) is not None:
        raise InputValueError(f'{folder}: there are XML files already; give another folder.')
    report = ConversionReport()
    objects = _objects_by_image(content, report)
    names = {category['id']: category['name'] for category in content['categories']}
    files: dict[str, bytes] = {}
    for image in content['images']:
        name = f'{PurePosixPath(image["file_name"]).stem}.xml'
        if name in files:
            raise InputValueError(
                f'{source}: two images would share the file {name}, the second is '
                f'{image["file_name"]}; VOC files are called like their picture.'
            )
        files[name] = _voc_xml(image, objects[image['id']], names)
    for name, data in files.items():
        write_bytes(folder / name, data)
    written = sum(map(len, objects.values()))
    return [f'{folder}: {len(files)} files with {written} objects', *report.lines()]


def _objects_by_image(content: Mapping[str, Any], report: ConversionReport) -> dict[Any, list]:
    objects = defaultdict(list)
    for annotation in content['annotations']:
        if annotation.get('iscrowd'):
            report.note('crowd regions left out', f'annotation id {annotation["id"]}')
        else:
            objects[annotation['image_id']].append(annotation)
    return objects


def _voc_xml(image: Mapping[str, Any], objects: Sequence[dict], names: Mapping[Any, str]) -> bytes:
    path = PurePosixPath(image['file_name'])
    root = ElementTree.Element('annotation')
    _add(root, folder=path.parent.name, filename=path.name)
    _add(
        ElementTree.SubElement(root, 'size'), width=image['width'], height=image['height'], depth=3
    )
    for annotation in objects:
        x, y, width, height = annotation['bbox']
        item = ElementTree.SubElement(root, 'object')
        _add(item, name=names[annotation['category_id']], pose='Unspecified', truncated=0)
        _add(item, difficult=int(annotation.get('difficult', 0)))
        corners = {'xmin': x, 'ymin': y, 'xmax': x + width, 'ymax': y + height}
        _add(
            ElementTree.SubElement(item, 'bndbox'),
            **{corner: f'{round(value, _DECIMALS):.10g}' for corner, value in corners.items()},
        )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding='utf-8', xml_declaration=True) + b'\n'


def _add(parent: ElementTree.Element, **texts: Any) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = str(text)

"""Read one Pascal VOC annotation file: the size of its image and its boxes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path

from vl_runtime.converters.box_checks import usable_box
from vl_runtime.converters.broken_input import BrokenInput
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_box import LabelledBox
from vl_runtime.errors import did_you_mean
from vl_runtime.image_files import image_size

_CORNERS = ('xmin', 'ymin', 'xmax', 'ymax')


def parse_voc_file(path: Path) -> ElementTree.Element:
    """The root element of ``path``.

    Raises:
        BrokenInput: it is not XML, or ends early; names the line.
    """
    try:
        return ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise BrokenInput(f'{path}:{error.position[0]}: expected XML, found {error}.') from error


def checked_image_size(
    path: Path, tree: ElementTree.Element, picture: Path, report: ConversionReport
) -> tuple[int, int]:
    """(width, height) of ``picture``; ``report`` learns when the XML file says another one."""
    size_wh = image_size(picture)
    told = tuple((tree.findtext(f'size/{side}') or '').strip() for side in ('width', 'height'))
    if told != tuple(map(str, size_wh)):
        report.note(
            'XML files without the size of their image, or with another (the image counts)',
            f'{path}: {told[0] or "?"} x {told[1] or "?"}, image {size_wh[0]} x {size_wh[1]}',
        )
    return size_wh


def voc_boxes(
    path: Path,
    tree: ElementTree.Element,
    size_wh: tuple[int, int],
    report: ConversionReport,
    *,
    known: tuple[Sequence[str], str] | None = None,
    one_based: bool = False,
) -> Iterator[LabelledBox]:
    """The usable boxes of the file; ``report`` learns what is left out or clipped.

    Args:
        size_wh: of the image.
        known: (class names, where they come from); another name is an error.
        one_based: coordinates are pixel numbers from 1, both ends included.

    Raises:
        BrokenInput: an object without a name or with an unknown one, a coordinate that is no
            number, a box of negative size.
    """
    for index, item in enumerate(tree.iter('object')):
        where = f'{path}: object {index}'
        name = (item.findtext('name') or '').strip()
        if not name:
            raise BrokenInput(f'{where}: expected a <name>, found none.')
        if known and name not in known[0]:
            raise BrokenInput(
                f'{where}: {name!r} is none of the {len(known[0])} classes of {known[1]}.'
                f'{did_you_mean(name, known[0])}'
            )
        x1, y1, x2, y2 = (_coordinate(item, corner, where) for corner in _CORNERS)
        if one_based:
            x1, y1 = x1 - 1, y1 - 1
        box = usable_box((x1, y1, x2, y2), size_wh, f'{where} ({name})', report)
        if box is not None:
            difficult = (item.findtext('difficult') or '0').strip() == '1'
            yield LabelledBox(name, box, difficult)


def _coordinate(item: ElementTree.Element, corner: str, where: str) -> float:
    text = item.findtext(f'bndbox/{corner}')
    try:
        return float(text or '')
    except ValueError as error:
        raise BrokenInput(f'{where}: expected a number in <{corner}>, found {text!r}.') from error

"""The end of every conversion: COCO JSON files, and lines that tell what is in them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from vl_runtime.converters.coco_json import coco_dicts, summary_lines, write_coco
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_image import LabelledImage

_MOST_NAMES = 30  # more of them fill the screen and are read by nobody


def data_root_of(
    out: str | Path | None, root: str | Path, pictures: str | Path
) -> tuple[Path, str]:
    """(data root, what file names begin with): the way from the data root to the pictures.

    Args:
        out: the data root, ``root`` if None.
        pictures: the folder that the names of the images are relative to.
    """
    folder = Path(root if out is None else out)
    way = Path(os.path.relpath(Path(pictures).resolve(), folder.resolve())).as_posix()
    return folder, '' if way == '.' else f'{way}/'


def write_conversion(
    images: Sequence[LabelledImage],
    names: Sequence[str],
    splits: Mapping[str, Sequence[str]],
    report: ConversionReport,
    data_root: tuple[Path, str],
    *,
    difficult: str = 'keep',
    supercategories: Mapping[str, str] | None = None,
) -> list[str]:
    """Write ``annotations/instances_<split>.json`` into the data root; lines that tell it.

    Args:
        names: of the classes, in label order.
        splits: split -> file names; one file ``instances_all.json`` when there is none.
        report: of what was changed and left out.
        data_root: see ``data_root_of``.
        difficult, supercategories: see ``coco_dicts``.

    Raises:
        InputValueError: a split without an image; nothing is written then.
        InputPermissionError: the folder can't be written.
    """
    splits = splits or {'all': [image.file_name for image in images]}
    folder, prefix = data_root
    dicts = coco_dicts(
        images,
        splits,
        names,
        difficult=difficult,
        prefix=prefix,
        supercategories=supercategories,
    )
    paths = write_coco(folder / 'annotations', dicts)
    others = sorted(set((folder / 'annotations').glob('instances_*.json')) - set(paths.values()))
    for path in others:
        report.note('older annotation files that stay (do they share images with these?)', path)
    return [
        *summary_lines(dicts),
        *report.lines(),
        class_line(names),
        f'written: {", ".join(str(path) for path in paths.values())}',
    ]


def class_line(names: Sequence[str]) -> str:
    """The classes in label order, or their number when there are many."""
    if len(names) > _MOST_NAMES:
        return f'{len(names)} classes, in the order of their names'
    return f'classes in this order: {tuple(names)!r}'

"""A whole conversion: read, split, write COCO JSON, tell what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vl_runtime.converters.coco_json import DIFFICULT_CHOICES
from vl_runtime.converters.conversion_report import ConversionReport
from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.converters.logodet3k import read_logodet3k
from vl_runtime.converters.split import parse_split, split_names
from vl_runtime.converters.voc import (
    read_image_sets,
    read_voc,
    splits_of_image_sets,
    voc_picture_folder,
)
from vl_runtime.converters.write_conversion import data_root_of, write_conversion
from vl_runtime.converters.yolo import read_yolo, splits_of_folders
from vl_runtime.errors import InputValueError

_Progress = Callable[[Sequence[Path]], Iterable[Path]]


def convert_voc(
    root: str | Path,
    out: str | Path | None = None,
    *,
    classes: Sequence[str] | None = None,
    split: str | None = None,
    seed: int = 42,
    difficult: str = 'keep',
    one_based: bool = False,
    skip_broken: bool = False,
    progress: _Progress = iter,
) -> list[str]:
    """Pascal VOC folder -> ``annotations/instances_<split>.json`` in the data root ``out``.

    ``out`` is the VOC folder itself by default. Images stay where they are; ``file_name`` is
    their path relative to ``out``, so a recipe needs nothing but its ``data_root``.

    Splits: ``split`` (shares, see ``parse_split``) when given, else ``ImageSets/Main``, else
    one file ``instances_all.json``. The other arguments are those of ``read_voc`` and
    ``coco_dicts``.

    Returns:
        Lines that say what was written and what was left out.

    Raises:
        InputValueError: an image or XML file is broken and ``skip_broken`` is off; or the
            arguments are. Nothing is written then.
    """
    _check_difficult(difficult)
    shares = parse_split(split) if split else None
    report = ConversionReport()
    images, names = read_voc(root, report, classes=classes, one_based=one_based, progress=progress)
    image_sets = {} if shares else read_image_sets(root)
    splits = splits_of_image_sets(image_sets, images, root, report) if image_sets else {}
    _refuse(images, report, root, skip_broken)
    if shares is not None:
        splits = split_names([image.file_name for image in images], shares, seed)
    if difficult == 'drop':
        _note_difficult(images, report)
    out = data_root_of(out, root, voc_picture_folder(root))
    return write_conversion(images, names, splits, report, out, difficult=difficult)


def convert_yolo(
    root: str | Path,
    out: str | Path | None = None,
    *,
    classes: Sequence[str] | None = None,
    split: str | None = None,
    seed: int = 42,
    skip_broken: bool = False,
    progress: _Progress = iter,
) -> list[str]:
    """YOLO folder -> ``annotations/instances_<split>.json`` in the data root ``out``.

    Splits: ``split`` when given, else the sub-folders of ``images`` when every image is in
    one, else one file ``instances_all.json``. Otherwise as ``convert_voc``.
    """
    shares = parse_split(split) if split else None
    report = ConversionReport()
    images, names = read_yolo(root, report, classes=classes, progress=progress)
    _refuse(images, report, root, skip_broken)
    if shares is not None:
        splits = split_names([image.file_name for image in images], shares, seed)
    else:
        splits = splits_of_folders(images)
    out = data_root_of(out, root, Path(root) / 'images')
    return write_conversion(images, names, splits, report, out)


def convert_logodet3k(
    root: str | Path,
    out: str | Path | None = None,
    *,
    split: str | None = None,
    seed: int = 42,
    progress: _Progress = iter,
) -> list[str]:
    """LogoDet-3K folder -> ``annotations/instances_<split>.json``; brands with their industry.

    A category's name is the brand, its ``supercategory`` the industry. Broken files are left
    out and counted, see ``read_logodet3k``. Without ``split`` there is one file,
    ``instances_all.json``; otherwise as ``convert_voc``.
    """
    shares = parse_split(split) if split else None
    report = ConversionReport()
    images, industry_of = read_logodet3k(root, report, progress=progress)
    _refuse(images, report, root, skip_broken=True)
    splits = split_names([image.file_name for image in images], shares, seed) if shares else {}
    lines = write_conversion(
        images,
        list(industry_of),
        splits,
        report,
        data_root_of(out, root, root),
        supercategories=industry_of,
    )
    industries = sorted(set(industry_of.values()))
    return [*lines, f'{len(industry_of)} brands of {len(industries)} industries: {industries}']


def _check_difficult(difficult: str) -> None:
    if difficult not in DIFFICULT_CHOICES:
        raise InputValueError(
            f'difficult: expected one of {", ".join(DIFFICULT_CHOICES)}, found {difficult!r}.'
        )


def _refuse(
    images: list[LabelledImage], report: ConversionReport, root: str | Path, skip_broken: bool
) -> None:
    report.refuse_broken(skip_broken)
    if not images:
        reason = f'; the first that is broken: {report.broken[0]}' if report.broken else '.'
        raise InputValueError(f'{root}: no image is left to convert{reason}')


def _note_difficult(images: list[LabelledImage], report: ConversionReport) -> None:
    for image in images:
        for box in image.boxes:
            if box.difficult:
                report.note('difficult objects left out', f'{image.file_name} ({box.name})')

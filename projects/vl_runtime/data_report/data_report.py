"""All checks over a recipe or an annotation file, and what they say as lines and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vl_runtime.data_report.annotation_set import DETECTION, AnnotationSet
from vl_runtime.data_report.box_check import check_boxes
from vl_runtime.data_report.caption_check import check_captions
from vl_runtime.data_report.category_check import check_categories, instances_per_class
from vl_runtime.data_report.class_text_check import check_class_texts
from vl_runtime.data_report.duplicate_check import check_duplicates
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.data_report.image_file_check import (
    IMAGE_MODES,
    ImageFacts,
    check_image_files,
    unwatched,
)
from vl_runtime.data_report.read_sets import load_content, set_of_file, sets_of_recipe
from vl_runtime.data_report.split_overlap_check import check_split_overlap
from vl_runtime.data_report.structure_check import check_structure
from vl_runtime.data_report.trainer_view import trainer_view
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

_ENTRY_CHECKS = (
    check_boxes,
    check_categories,
    check_class_texts,
    check_captions,
    check_duplicates,
)


@dataclass
class DataReport:
    """What was looked at and what was found.

    Attributes:
        source: the recipe or annotation file.
        sets: summary of each annotation file, as plain values.
        findings: errors and warnings, in the order of the sets.
    """

    source: str
    sets: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """The findings that training can't live with."""
        return [finding for finding in self.findings if finding.level == ERROR]

    @property
    def warnings(self) -> list[Finding]:
        """The others."""
        return [finding for finding in self.findings if finding.level == WARNING]

    def lines(self) -> list[str]:
        """The report for people."""
        lines = []
        for item in self.sets:
            lines.append(_summary_line(item))
            lines += [f'  {f.line()}' for f in self.findings if f.split == item['name']]
        total = f'{len(self.errors)} kinds of errors, {len(self.warnings)} kinds of warnings'
        return [*lines, total if self.findings else 'nothing to complain about']

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            'source': self.source,
            'sets': self.sets,
            'num_errors': len(self.errors),
            'num_warnings': len(self.warnings),
            'findings': [finding.to_dict() for finding in self.findings],
        }


def check_recipe(
    config: Any, *, images: str = 'read', progress: Callable[..., Iterable] = unwatched
) -> DataReport:
    """Check the training, validation and test data of an opened recipe.

    Args:
        config: what ``load_config`` made of the recipe.
        images: ``'read'`` decodes every file, ``'exist'`` asks only whether it is there,
            ``'skip'`` leaves image files alone.
        progress: wraps the iteration over image files, as ``tqdm`` does.

    Raises:
        InputKeyError: the recipe has no data set with an annotation file.
        InputValueError: ``images`` is none of the three.
    """
    sets = sets_of_recipe(config)
    report = _check(str(config.filename), sets, images, progress, guess=False)
    counts, refused = trainer_view(config, sets)
    for item in report.sets:
        part = item['name'].partition('[')[0]
        if part in counts:
            item['images_of_loader'] = counts[part]
    report.findings += refused
    return report


def check_annotation_file(
    ann_file: str | Path,
    *,
    image_folder: str | None = None,
    class_text_path: str | None = None,
    images: str = 'read',
    progress: Callable[..., Iterable] = unwatched,
) -> DataReport:
    """Check one annotation file; see ``check_recipe``.

    Args:
        image_folder: what file names are relative to; by default the folder of the
            annotation file, its parents and their ``images`` are tried.
        class_text_path: JSON file of class texts to hold against the categories.

    Raises:
        InputFileNotFoundError: the annotation file or the folder is not there.
    """
    ann_file = Path(ann_file)
    if not ann_file.is_file():
        raise InputFileNotFoundError(f'{ann_file}: {why_missing(ann_file)}')
    if image_folder and not Path(image_folder).is_dir():
        raise InputFileNotFoundError(f'{image_folder}: there is no such image folder.')
    data = set_of_file(ann_file, image_folder, class_text_path)
    return _check(str(ann_file), [data], images, progress, guess=True)


def _check(
    source: str, sets: list[AnnotationSet], images: str, progress: Callable, guess: bool
) -> DataReport:
    if images not in IMAGE_MODES:
        raise InputValueError(
            f'images: expected one of {", ".join(IMAGE_MODES)}, found {images!r}.'
        )
    report = DataReport(source)
    known: dict[str, ImageFacts] = {}
    first_of: dict[tuple, str] = {}
    for data in sets:
        twin = first_of.setdefault(_identity(data), data.name)
        report.findings += load_content(data, guess=guess)
        if data.content is not None:
            found = check_structure(data)
            for check in _ENTRY_CHECKS:
                found += check(data)
            if images != 'skip' and twin == data.name:
                found += check_image_files(data, images, progress, known)
            if twin == data.name:  # the same data under a second name is told once
                report.findings += found
        report.sets.append(_summary(data, twin))
    report.findings += check_split_overlap(sets, known)
    return report


def _identity(data: AnnotationSet) -> tuple:
    return (data.ann_file, tuple(data.image_folders), data.class_text_path, str(data.classes))


def _summary(data: AnnotationSet, twin: str) -> dict[str, Any]:
    summary: dict[str, Any] = {
        'name': data.name,
        'ann_file': str(data.ann_file),
        'kind': data.kind,
        'images': len(data.images),
        'boxes': len(data.annotations),
    }
    if data.kind == DETECTION:
        summary['classes'] = instances_per_class(data)
    if twin != data.name:
        summary['same_as'] = twin
    return summary


def _summary_line(item: dict[str, Any]) -> str:
    parts = [f'{item["images"]} images', f'{item["boxes"]} boxes']
    if 'classes' in item:
        parts.append(f'{len(item["classes"])} classes')
    if 'images_of_loader' in item:
        parts.append(f'the data loader uses {item["images_of_loader"]} images')
    same = f' (the same data as {item["same_as"]})' if 'same_as' in item else ''
    return f'{item["name"]}: {item["ann_file"]}: {", ".join(parts)}{same}'

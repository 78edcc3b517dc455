"""Entries that can't be used at all: missing keys, ids twice, references into nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vl_runtime.data_report.annotation_set import DETECTION, AnnotationSet
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.errors import did_you_mean

_CHECK = 'structure'


def check_structure(data: AnnotationSet) -> list[Finding]:
    """Fill ``data.images``, ``annotations`` and ``categories`` with the usable entries.

    Returns:
        What is wrong with the others.
    """
    content = data.content
    if not isinstance(content, dict):
        found = (
            f'expected a JSON object with images and annotations, found {type(content).__name__}'
        )
        return [Finding.of(data, ERROR, _CHECK, message='no annotation file', offenders=[found])]
    findings: list[Finding] = []
    with_categories = data.kind == DETECTION
    sections = ['images', 'annotations', *(['categories'] if with_categories else [])]
    for section in sections:
        if not isinstance(content.get(section), list):
            hint = '' if section in content else did_you_mean(section, content)
            offender = f'{section!r}, found {type(content.get(section)).__name__}.{hint}'
            findings.append(
                Finding.of(data, ERROR, _CHECK, message='list expected', offenders=[offender])
            )
    image_keys = ('id', data.image_key, 'height', 'width')
    data.images = _entries(data, 'images', image_keys, findings)
    data.categories = _entries(data, 'categories', ('id', 'name'), findings)
    keys = ('id', 'image_id', 'bbox', *(['category_id'] if with_categories else []))
    annotations = _entries(data, 'annotations', keys, findings)
    if not data.images:
        findings.append(Finding.of(data, ERROR, _CHECK, message='no usable image', offenders=['-']))
    data.images = _sized(data, findings)
    data.annotations = _boxed(
        data, _referring(data, annotations, with_categories, findings), findings
    )
    if with_categories:
        _same_names(data, findings)
    return findings


def _entries(
    data: AnnotationSet, section: str, keys: Sequence[str], findings: list[Finding]
) -> list[dict]:
    """The entries with all keys; the first one of each id."""
    entries = data.content.get(section)
    entries = entries if isinstance(entries, list) else []
    incomplete, repeated, usable = [], [], []
    seen: dict[Any, int] = {}
    for index, entry in enumerate(entries):
        absent = [k for k in keys if not isinstance(entry, dict) or entry.get(k) is None]
        if absent:
            incomplete.append(f'{section}[{index}] has no {absent[0]!r}')
            continue
        first = seen.setdefault(_hashable(entry['id']), index)
        if first != index:
            repeated.append(f'{section}[{index}] has id {entry["id"]!r} of {section}[{first}]')
            continue
        usable.append(entry)
    _add(data, findings, ERROR, f'incomplete entry of {section}', incomplete)
    _add(data, findings, ERROR, f'id used twice in {section}', repeated)
    return usable


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else repr(value)


def _sized(data: AnnotationSet, findings: list[Finding]) -> list[dict]:
    """The images with a size above 0."""
    good = [all(_is_number(i[k]) and i[k] > 0 for k in ('width', 'height')) for i in data.images]
    bad = [
        f'image {image["id"]}: {image["width"]!r} x {image["height"]!r}'
        for image, fine in zip(data.images, good, strict=True)
        if not fine
    ]
    _add(data, findings, ERROR, 'image size that is not above 0', bad)
    return [image for image, fine in zip(data.images, good, strict=True) if fine]


def _referring(
    data: AnnotationSet, annotations: list[dict], with_categories: bool, findings: list[Finding]
) -> list[dict]:
    """The annotations whose image and category are in the file."""
    image_ids = {_hashable(image['id']) for image in data.images}
    category_ids = {_hashable(category['id']) for category in data.categories}
    lost, unknown, usable = [], [], []
    for annotation in annotations:
        where = f'annotation id {annotation["id"]}'
        if _hashable(annotation['image_id']) not in image_ids:
            lost.append(f'{where}: image_id {annotation["image_id"]!r}')
        elif with_categories and _hashable(annotation['category_id']) not in category_ids:
            unknown.append(f'{where}: category_id {annotation["category_id"]!r}')
        else:
            usable.append(annotation)
    _add(data, findings, ERROR, 'annotation of an image that the file does not list', lost)
    _add(data, findings, ERROR, 'annotation of a category that the file does not list', unknown)
    return usable


def _boxed(data: AnnotationSet, annotations: list[dict], findings: list[Finding]) -> list[dict]:
    """The annotations with four numbers as box."""
    bad, usable = [], []
    for annotation in annotations:
        box = annotation['bbox']
        if isinstance(box, list) and len(box) == 4 and all(map(_is_number, box)):
            usable.append(annotation)
        else:
            bad.append(f'annotation id {annotation["id"]}: {box!r}')
    _add(data, findings, ERROR, 'bbox that is not [x, y, width, height]', bad)
    return usable


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_names(data: AnnotationSet, findings: list[Finding]) -> None:
    names: dict[str, Any] = {}
    twice, odd = [], []
    for category in data.categories:
        name = category['name']
        if not isinstance(name, str) or not name.strip():
            twice.append(f'category id {category["id"]}: {name!r} is no name')
            continue
        first = names.setdefault(name, category['id'])
        if first != category['id']:
            twice.append(f'{name!r}: category ids {first} and {category["id"]}')
        if name != name.strip():
            odd.append(repr(name))
    _add(data, findings, ERROR, 'category name that is empty or used twice', twice)
    _add(data, findings, WARNING, 'category name with blanks around it', odd)


def _add(
    data: AnnotationSet, findings: list[Finding], level: str, message: str, offenders: list[str]
) -> None:
    if offenders:
        findings.append(Finding.of(data, level, _CHECK, message=message, offenders=offenders))

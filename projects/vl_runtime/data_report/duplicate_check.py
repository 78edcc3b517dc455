"""The same box twice; the same image listed twice."""

from __future__ import annotations

from typing import Any

from vl_runtime.data_report.annotation_set import AnnotationSet, label_of
from vl_runtime.data_report.finding import WARNING, Finding


def check_duplicates(data: AnnotationSet) -> list[Finding]:
    """Annotations with equal image, name and box; images with one file name."""
    findings = []
    seen: dict[Any, int] = {}
    boxes = []
    for index, annotation in enumerate(data.annotations):
        name = [annotation.get(key) for key in ('category_id', 'tokens', 'tokens_positive')]
        key = (annotation['image_id'], tuple(annotation['bbox']), repr(name))
        first = seen.setdefault(key, index)
        if first != index:
            boxes.append(f'{label_of(index, annotation)} repeats annotation {first}')
    if boxes:
        message = 'box that is there twice (same image, class and corners)'
        findings.append(Finding.of(data, WARNING, 'duplicates', message=message, offenders=boxes))
    files: dict[str, Any] = {}
    images = []
    for image in data.images:
        first = files.setdefault(data.image_name(image), image['id'])
        if first != image['id']:
            images.append(f'{data.image_name(image)} (image ids {first} and {image["id"]})')
    if images:
        # grounding files list an image once for each caption
        message = 'image file that is listed more than once'
        findings.append(Finding.of(data, WARNING, 'duplicates', message=message, offenders=images))
    return findings

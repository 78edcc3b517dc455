"""Classes without instances, and classes that the recipe chose but the file lacks."""

from __future__ import annotations

from collections import Counter

from vl_runtime.data_report.annotation_set import DETECTION, AnnotationSet
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.errors import did_you_mean


def check_categories(data: AnnotationSet) -> list[Finding]:
    """Detection files only: grounding names are the texts themselves."""
    if data.kind != DETECTION:
        return []
    findings = []
    names = [category['name'] for category in data.categories]
    if data.classes is not None:
        absent = [
            f'{name!r}.{did_you_mean(str(name), map(str, names))}'
            for name in data.classes
            if name not in names
        ]
        if absent:
            message = 'class of metainfo.classes that is no category of the file'
            findings.append(Finding.of(data, ERROR, 'classes', message=message, offenders=absent))
    counts = instances_per_class(data)
    empty = [name for name, count in counts.items() if count == 0]
    if empty:
        findings.append(
            Finding.of(data, WARNING, 'classes', message='class without instances', offenders=empty)
        )
    return findings


def instances_per_class(data: AnnotationSet) -> dict[str, int]:
    """Name -> number of boxes that are no crowd regions, in label order."""
    counts = Counter(
        annotation.get('category_id')
        for annotation in data.annotations
        if not annotation.get('iscrowd', 0)
    )
    return {str(c['name']): counts.get(c['id'], 0) for c in data.kept_categories()}

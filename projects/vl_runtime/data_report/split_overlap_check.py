"""Splits that share images: scores on pictures that were trained on mean nothing."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence

from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.data_report.image_file_check import ImageFacts


def check_split_overlap(
    sets: Sequence[AnnotationSet], known: dict[str, ImageFacts]
) -> list[Finding]:
    """Compare train, val and test with each other; val and test may be the same file.

    Args:
        sets: all annotation sets.
        known: facts of the image files that were read; equal bytes count as the same image.
    """
    findings = []
    for one, other in itertools.combinations(sets, 2):
        same_file = os.path.realpath(one.ann_file) == os.path.realpath(other.ann_file)
        if one.part == other.part or (same_file and 'train' not in (one.part, other.part)):
            continue
        level = ERROR if 'train' in (one.part, other.part) else WARNING
        findings += _compare(one, other, level, known)
    return findings


def _compare(
    one: AnnotationSet, other: AnnotationSet, level: str, known: dict[str, ImageFacts]
) -> list[Finding]:
    paths = {os.path.realpath(one.image_path(i)): one.image_name(i) for i in one.images}
    digests = {
        known[str(path)].digest: str(path)
        for path in map(one.image_path, one.images)
        if str(path) in known and known[str(path)].digest
    }
    names = {os.path.basename(name) for name in paths.values()}
    files, contents, only_names = [], [], []
    for image in other.images:
        path = other.image_path(image)
        fact = known.get(str(path))
        if os.path.realpath(path) in paths:
            files.append(str(path))
        elif fact is not None and fact.digest in digests:
            contents.append(f'{path} has the bytes of {digests[fact.digest]}')
        elif path.name in names:
            only_names.append(str(path))
    rows = (
        (level, files, f'image that is in {one.name} too'),
        (level, contents, f'image whose content is in {one.name} too'),
        (WARNING, only_names, f'image with the file name of one of {one.name}, in another folder'),
    )
    return [
        Finding.of(other, level, 'splits', message=message, offenders=offenders)
        for level, offenders, message in rows
        if offenders
    ]

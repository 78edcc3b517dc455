"""Boxes that can't be meant, and boxes that data sets leave out."""

from __future__ import annotations

import numpy as np

from vl_runtime.data_checks import area_of
from vl_runtime.data_report.annotation_set import AnnotationSet, label_of
from vl_runtime.data_report.finding import ERROR, WARNING, Finding

_TOLERANCE = 1.0  # pixels beyond the border that rounding explains


def check_boxes(data: AnnotationSet) -> list[Finding]:
    """NaN and negative sizes are errors; empty, outside and overhanging boxes warnings.

    Empty is what training leaves out: no area, or a side below one pixel.
    """
    if not data.annotations:
        return []
    boxes = np.array([annotation['bbox'] for annotation in data.annotations], dtype=np.float64)
    images = [data.image_of_id[annotation['image_id']] for annotation in data.annotations]
    size_wh = np.array([(i['width'], i['height']) for i in images], dtype=np.float64)
    area = np.array([_area(annotation) for annotation in data.annotations], dtype=np.float64)
    finite = np.isfinite(boxes).all(1) & np.isfinite(area)
    negative = finite & (boxes[:, 2:] < 0).any(1)
    good = finite & ~negative
    empty = good & ((area <= 0) | (boxes[:, 2:] < 1).any(1))
    end = boxes[:, :2] + boxes[:, 2:]
    with np.errstate(invalid='ignore'):
        no_overlap = (np.minimum(end, size_wh) <= np.maximum(boxes[:, :2], 0)).any(1)
        beyond = (boxes[:, :2] < -_TOLERANCE).any(1) | (end > size_wh + _TOLERANCE).any(1)
    outside = good & ~empty & no_overlap
    overhanging = good & ~empty & ~outside & beyond
    rows = (
        (ERROR, ~finite, 'box or area that is not a finite number'),
        (ERROR, negative, 'box with a negative width or height'),
        (WARNING, empty, 'empty box (training leaves it out)'),
        (WARNING, outside, 'box outside its image (training leaves it out)'),
        (WARNING, overhanging, 'box that reaches out of its image by more than a pixel'),
    )
    return [
        Finding.of(data, level, 'boxes', message=message, offenders=_labels(data, mask))
        for level, mask, message in rows
        if mask.any()
    ]


def _area(annotation: dict) -> float:
    area = area_of(annotation)
    return area if isinstance(area, int | float) else float('nan')


def _labels(data: AnnotationSet, mask: np.ndarray) -> list[str]:
    labels = []
    for index in np.flatnonzero(mask):
        annotation = data.annotations[index]
        image = data.image_of_id[annotation['image_id']]
        labels.append(
            f'{label_of(int(index), annotation)} with bbox {annotation["bbox"]} in '
            f'{data.image_name(image)} ({image["width"]} x {image["height"]})'
        )
    return labels

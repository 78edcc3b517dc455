"""The answer about a phrase in outlines, as exact as the token budget allows."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from vl_runtime.errors import InputKeyError
from vlm_detector.codecs import require_polygons
from vlm_detector.codecs.outlines import outlines_of, simplified
from vlm_detector.datasets.transforms.answer_budget import longest_fitting_answer
from vlm_detector.tasks.annotated_objects import areas, boxes_and_labels, not_crowds

_LOCATION = re.compile(r'<loc_[0-9]+>')
_FIRST_TOLERANCE = 0.001  # of the longer side: one bin
_COARSEST = 0.05


def outline_answer(
    results: dict,
    codec_name: str,
    fits: Callable[[str], bool],
    *,
    image_size_wh: tuple[int, int],
) -> tuple[str, list[tuple[int, int]], int]:
    """Write the objects of ``results`` (``gt_masks``) as outlines.

    Outlines that don't fit are drawn with fewer points, twice as coarse each time; where even
    that is too long, the smallest objects are left out.

    Args:
        fits: whether an answer is short enough.

    Returns:
        the answer, the characters of its coordinates, how many objects were left out.

    Raises:
        InputKeyError: no masks were loaded.
        InputValueError: the codec's models write no outlines.
    """
    writer = require_polygons(codec_name)
    if results.get('gt_masks') is None:
        raise InputKeyError(
            f'{results.get("img_path")}: segmentation needs gt_masks, found none; load them with '
            'mmdet.LoadAnnotations(with_mask=True).'
        )
    boxes, _ = boxes_and_labels(results)
    objects = [outlines_of(results['gt_masks'], i) for i in np.flatnonzero(not_crowds(results))]

    def write(kept: np.ndarray, tolerance: float) -> str:
        parts = [[simplified(part, tolerance) for part in objects[index]] for index in kept]
        return writer.encode(parts, image_size_wh=image_size_wh)

    share = _FIRST_TOLERANCE
    everything = np.arange(len(objects))
    while not fits(write(everything, share * max(image_size_wh))) and share < _COARSEST:
        share *= 2
    answer, kept = longest_fitting_answer(
        areas(boxes), lambda kept: write(kept, share * max(image_size_wh)), fits
    )
    spans = [found.span() for found in _LOCATION.finditer(answer)]
    return answer, spans, len(objects) - len(kept)

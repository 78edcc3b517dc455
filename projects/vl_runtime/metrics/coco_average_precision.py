"""COCO average precision of boxes or masks, computed by pycocotools without its printing."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from vl_runtime.metrics.precision_table import AREA_RANGES, IOU_THRESHOLDS, PrecisionTable


def coco_average_precision(
    ground_truth: dict[str, list[dict[str, Any]]],
    detections: Sequence[dict[str, Any]],
    image_ids: Sequence[Any],
    category_ids: Sequence[Any],
    max_dets: Sequence[int] = (1, 10, 100),
    kind: str = 'bbox',
) -> PrecisionTable:
    """Match detections to annotations as COCO does and measure precision and recall.

    A crowd annotation absorbs any number of detections and counts neither for nor
    against; so does an object outside the area range. ``detections`` may be empty.

    Args:
        ground_truth: as ``load_annotation_file`` returns it.
        detections: dicts with ``image_id``, ``category_id``, ``score``, ``bbox`` (xywh) and,
            for masks, ``segmentation`` (a run-length code).
        image_ids: the pictures that count; others are left out.
        category_ids: the classes that count, ascending; class k of the result is entry k.
        max_dets: detections per picture and class; precision uses the largest.
        kind: what is compared and has an area: ``bbox`` or ``segm``.
    """
    rows = [
        dict(item, id=index + 1, area=_area(item, kind), iscrowd=0)
        for index, item in enumerate(detections)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(_index(ground_truth), _index(dict(ground_truth, annotations=rows)))
        evaluation.params.iouType = kind
        evaluation.params.imgIds = list(image_ids)
        evaluation.params.catIds = list(category_ids)
        evaluation.params.maxDets = sorted(max_dets)
        evaluation.params.iouThrs = IOU_THRESHOLDS
        evaluation.params.areaRng = [list(limits) for limits in AREA_RANGES.values()]
        evaluation.params.areaRngLbl = list(AREA_RANGES)
        evaluation.evaluate()
        evaluation.accumulate()
    return PrecisionTable(evaluation.eval['precision'][..., -1], evaluation.eval['recall'])


def _area(detection: dict[str, Any], kind: str) -> float:
    if kind == 'segm':
        return float(coco_mask.area(detection['segmentation']))
    return detection['bbox'][2] * detection['bbox'][3]


def _index(content: dict[str, list[dict[str, Any]]]) -> COCO:
    """pycocotools' index over copies, since its evaluation writes into the annotations."""
    index = COCO()
    index.dataset = dict(
        content, annotations=[dict(annotation) for annotation in content['annotations']]
    )
    index.createIndex()
    return index

"""COCO average precision of boxes or masks, computed by pycocotools without its printing."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
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
    evaluation = _matched(ground_truth, detections, image_ids, category_ids, max_dets, kind)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.accumulate()
    return PrecisionTable(evaluation.eval['precision'][..., -1], evaluation.eval['recall'])


@dataclass(frozen=True)
class ClassMatches:
    """What became of the detections of one class (n detections, I pictures, T IoU thresholds).

    Attributes:
        images: (n,) index of the picture of each detection.
        scores: (n,).
        hits: (T, n) bool: matched to an object that counts.
        misses: (T, n) bool: matched to nothing; what met a crowd is neither.
        num_objects: (I,) objects of each picture that count.
    """

    images: np.ndarray
    scores: np.ndarray
    hits: np.ndarray
    misses: np.ndarray
    num_objects: np.ndarray


def coco_matches(
    ground_truth: dict[str, list[dict[str, Any]]],
    detections: Sequence[dict[str, Any]],
    image_ids: Sequence[Any],
    category_ids: Sequence[Any],
    max_dets: int = 100,
) -> list[ClassMatches]:
    """What ``coco_average_precision`` sums up, by class and picture; boxes of every size.

    Args: as there; the pictures keep their order.
    """
    evaluation = _matched(ground_truth, detections, image_ids, category_ids, [max_dets], 'bbox')
    # evalImgs counts through classes, then areas, then the pictures in ascending order.
    place = {number: index for index, number in enumerate(image_ids)}
    order = [place[number] for number in evaluation.params.imgIds]
    num_areas = len(AREA_RANGES)
    found = []
    for position in range(len(category_ids)):
        start = position * num_areas * len(order)  # the first area is 'all'
        found.append(_class_matches(evaluation.evalImgs[start : start + len(order)], order))
    return found


def _class_matches(entries: Sequence[dict[str, Any] | None], order: list[int]) -> ClassMatches:
    num_objects = np.zeros(len(order), int)
    images, scores = [np.zeros(0, int)], [np.zeros(0)]
    hits, misses = [np.zeros((len(IOU_THRESHOLDS), 0), bool) for _ in range(2)]
    all_hits, all_misses = [hits], [misses]
    for image, entry in zip(order, entries, strict=True):
        if entry is None:  # neither object nor detection
            continue
        num_objects[image] = int((np.asarray(entry['gtIgnore']) == 0).sum())
        matched = np.asarray(entry['dtMatches']) > 0
        ignored = np.asarray(entry['dtIgnore']).astype(bool)
        images.append(np.full(matched.shape[1], image))
        scores.append(np.asarray(entry['dtScores'], float))
        all_hits.append(matched & ~ignored)
        all_misses.append(~matched & ~ignored)
    return ClassMatches(
        np.concatenate(images),
        np.concatenate(scores),
        np.concatenate(all_hits, axis=1),
        np.concatenate(all_misses, axis=1),
        num_objects,
    )


def _matched(
    ground_truth: dict[str, list[dict[str, Any]]],
    detections: Sequence[dict[str, Any]],
    image_ids: Sequence[Any],
    category_ids: Sequence[Any],
    max_dets: Sequence[int],
    kind: str,
) -> COCOeval:
    """pycocotools' evaluation after its matching."""
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
    return evaluation


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

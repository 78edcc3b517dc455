"""The values of a set of picture results, with intervals, and differences between two models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vl_runtime.boxes import xyxy_to_xywh
from vl_runtime.metrics.coco_average_precision import coco_average_precision, coco_matches
from vl_runtime.metrics.precision_table import PrecisionTable
from vl_runtime.reports.average_precision_statistic import AveragePrecisionStatistic
from vl_runtime.reports.bootstrap import (
    NUM_RESAMPLES,
    Interval,
    ObjectMean,
    Statistic,
    interval,
    paired_difference,
    resample_counts,
    sums_by,
)
from vl_runtime.reports.image_result import ImageResult

MEAN_IOU, SUCCESS, AP = 'mean IoU', 'success@0.5', 'AP'
SPREAD = 'standard deviation of IoU'  # neither a high nor a low one is better


def statistics_of(results: Sequence[ImageResult], num_classes: int) -> dict[str, Statistic]:
    """Mean IoU, success@0.5 and AP; {} without any object.

    Several results about one picture (several tasks) are drawn together. AP needs one result a
    picture, those of the task 'detection'.
    """
    images = _image_indices(results)
    size = max(images, default=-1) + 1
    counts = sums_by(images, [len(one.ious) for one in results], size)
    if not counts.sum():
        return {}
    found: dict[str, Statistic] = {
        MEAN_IOU: ObjectMean(sums_by(images, [one.ious.sum() for one in results], size), counts),
        SUCCESS: ObjectMean(
            sums_by(images, [(one.ious >= 0.5).sum() for one in results], size), counts
        ),
    }
    if all(one.task == 'detection' for one in results) and size == len(results):
        truth, detections, ids, classes = _coco_content(results, num_classes)
        found[AP] = AveragePrecisionStatistic(coco_matches(truth, detections, ids, classes))
    return found


def intervals_of(
    results: Sequence[ImageResult], num_classes: int, *, seed: int = 0
) -> dict[str, Interval]:
    """The 95 % interval of each of ``statistics_of``; those that cost too much are left out."""
    weights = _draws(results, seed)
    found = {
        name: interval(statistic, weights)
        for name, statistic in statistics_of(results, num_classes).items()
    }
    return {name: value for name, value in found.items() if value is not None}


def differences_of(
    after: Sequence[ImageResult],
    before: Sequence[ImageResult],
    num_classes: int,
    *,
    seed: int = 0,
) -> dict[str, Interval]:
    """The 95 % interval of each difference; both must be about the same pictures, in order."""
    weights = _draws(after, seed)
    first, second = (statistics_of(results, num_classes) for results in (after, before))
    found = {
        name: paired_difference(first[name], second[name], weights)
        for name in first
        if name in second
    }
    return {name: value for name, value in found.items() if value is not None}


def precision_of(results: Sequence[ImageResult], num_classes: int) -> PrecisionTable:
    """COCO precision and recall of the results, class k of the table being label k."""
    return coco_average_precision(*_coco_content(results, num_classes))


def iou_summary(results: Sequence[ImageResult]) -> Mapping[str, float]:
    """Numbers about the IoU of all objects, and of those with an answer; {} without any."""
    ious = np.concatenate([np.zeros(0), *(one.ious for one in results)])
    answered = np.concatenate([np.zeros(0, bool), *(one.answered for one in results)])
    if not len(ious):
        return {}
    return {
        'mean IoU': float(ious.mean()),
        'mean IoU of the answered': float(ious[answered].mean()) if answered.any() else 0.0,
        'median IoU': float(np.median(ious)),
        SPREAD: float(ious.std()),
        'success@0.5': float((ious >= 0.5).mean()),
        'success@0.75': float((ious >= 0.75).mean()),
        'answered': float(answered.mean()),
    }


def _draws(results: Sequence[ImageResult], seed: int) -> np.ndarray:
    return resample_counts(len({_image(one) for one in results}), NUM_RESAMPLES, seed)


def _image(result: ImageResult) -> str:
    return result.path or result.key


def _image_indices(results: Sequence[ImageResult]) -> list[int]:
    place: dict[str, int] = {}
    return [place.setdefault(_image(one), len(place)) for one in results]


def _coco_content(
    results: Sequence[ImageResult], num_classes: int
) -> tuple[dict[str, list], list[dict[str, Any]], list[int], list[int]]:
    """Ground truth, detections, picture ids and class ids as pycocotools takes them."""
    annotations, detections = [], []
    for index, one in enumerate(results):
        rows = zip(
            xyxy_to_xywh(one.true_boxes).tolist(),
            one.true_labels.tolist(),
            one.true_areas.tolist(),
            one.true_crowds.tolist(),
            strict=True,
        )
        for box, label, area, crowd in rows:
            annotations.append(
                {'image_id': index, 'category_id': label, 'bbox': box, 'area': area}
                | {'iscrowd': int(crowd), 'id': len(annotations) + 1}
            )
        boxes = xyxy_to_xywh(one.boxes).tolist()
        for box, score, label in zip(boxes, one.scores.tolist(), one.labels.tolist(), strict=True):
            detections.append(
                {'image_id': index, 'category_id': label, 'bbox': box, 'score': score}
            )
    ids, classes = list(range(len(results))), list(range(num_classes))
    truth = {
        'images': [{'id': number} for number in ids],
        'categories': [{'id': number, 'name': str(number)} for number in classes],
        'annotations': annotations,
    }
    return truth, detections, ids, classes

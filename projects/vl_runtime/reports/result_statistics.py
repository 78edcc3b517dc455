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
AS_EXPECTED = 'as expected'
_AP_TASKS = ('detection', 'main_subject')


def statistics_of(results: Sequence[ImageResult], num_classes: int) -> dict[str, Statistic]:
    """Of the objects of each task mean IoU, success@0.5 and AP; of each task in words its share.

    Where objects of several tasks are measured, names have the task in front. Several results
    about one picture (several tasks) are drawn together. AP needs one result a picture, of a
    task that asks for all objects of the classes.
    """
    images = _image_indices(results)
    size = max(images, default=-1) + 1
    found: dict[str, Statistic] = {}
    boxes = _box_tasks(results)
    for task in boxes:
        chosen = [(number, one) for number, one in zip(images, results) if one.task == task]
        parts = _box_statistics(*zip(*chosen), size, num_classes)
        found |= {_named(name, task, boxes): value for name, value in parts.items()}
    for task in dict.fromkeys(one.task for one in results if one.as_expected is not None):
        told = [(number, one) for number, one in zip(images, results) if one.task == task]
        numbers, answers = zip(*told)
        found[f'{task}: {AS_EXPECTED}'] = ObjectMean(
            sums_by(numbers, [bool(one.as_expected) for one in answers], size),
            sums_by(numbers, [one.as_expected is not None for one in answers], size),
        )
    return found


def _box_statistics(
    images: Sequence[int], results: Sequence[ImageResult], size: int, num_classes: int
) -> dict[str, Statistic]:
    """Of the results of one task; ``images`` counts through ``size`` pictures."""
    counts = sums_by(images, [len(one.ious) for one in results], size)
    found: dict[str, Statistic] = {
        MEAN_IOU: ObjectMean(sums_by(images, [one.ious.sum() for one in results], size), counts),
        SUCCESS: ObjectMean(
            sums_by(images, [(one.ious >= 0.5).sum() for one in results], size), counts
        ),
    }
    if results[0].task in _AP_TASKS and len(set(images)) == len(images):
        truth, detections, classes = _coco_content(results, images, num_classes)
        ids = list(range(size))
        truth['images'] = [{'id': number} for number in ids]
        found[AP] = AveragePrecisionStatistic(coco_matches(truth, detections, ids, classes))
    return found


def _box_tasks(results: Sequence[ImageResult]) -> list[str]:
    """Tasks that have an object, in the order of the results."""
    return list(dict.fromkeys(one.task for one in results if len(one.ious)))


def _named(name: str, task: str, tasks: Sequence[str]) -> str:
    return name if len(tasks) == 1 else f'{task}: {name}'


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
    """COCO precision and recall of the results, class k of the table being label k.

    Of several tasks those count that ask for all objects of the classes.
    """
    chosen = [one for one in results if one.task in _AP_TASKS] or results
    ids = list(range(len(chosen)))
    truth, detections, classes = _coco_content(chosen, ids, num_classes)
    truth['images'] = [{'id': number} for number in ids]
    return coco_average_precision(truth, detections, ids, classes)


def iou_summary(results: Sequence[ImageResult]) -> Mapping[str, float]:
    """Numbers about the IoU of all objects of a task, and of those with an answer.

    Named as in ``statistics_of``; {} without any object.
    """
    tasks = _box_tasks(results)
    found = {}
    for task in tasks:
        mine = [one for one in results if one.task == task]
        ious = np.concatenate([one.ious for one in mine])
        answered = np.concatenate([one.answered for one in mine])
        values = {
            MEAN_IOU: float(ious.mean()),
            'mean IoU of the answered': float(ious[answered].mean()) if answered.any() else 0.0,
            'median IoU': float(np.median(ious)),
            SPREAD: float(ious.std()),
            SUCCESS: float((ious >= 0.5).mean()),
            'success@0.75': float((ious >= 0.75).mean()),
            'answered': float(answered.mean()),
        }
        found |= {_named(name, task, tasks): value for name, value in values.items()}
    return found


def _draws(results: Sequence[ImageResult], seed: int) -> np.ndarray:
    return resample_counts(len({_image(one) for one in results}), NUM_RESAMPLES, seed)


def _image(result: ImageResult) -> str:
    return result.path or result.key


def _image_indices(results: Sequence[ImageResult]) -> list[int]:
    place: dict[str, int] = {}
    return [place.setdefault(_image(one), len(place)) for one in results]


def _coco_content(
    results: Sequence[ImageResult], images: Sequence[int], num_classes: int
) -> tuple[dict[str, list], list[dict[str, Any]], list[int]]:
    """Ground truth (less the list of pictures), detections, class ids as pycocotools takes them.

    Args:
        images: number of the picture of each result.
    """
    annotations, detections = [], []
    for index, one in zip(images, results, strict=True):
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
    classes = list(range(num_classes))
    categories = [{'id': number, 'name': str(number)} for number in classes]
    return {'categories': categories, 'annotations': annotations}, detections, classes

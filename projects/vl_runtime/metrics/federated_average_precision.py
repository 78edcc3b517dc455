"""LVIS average precision: matching where not every class was annotated everywhere.

A picture of a federated data set says of few classes whether they are present: those
with an annotation (positive) and those listed as absent (negative). Only these are
judged there. Where a class is present but not exhaustively annotated, an unmatched
detection counts neither for nor against. There are no crowd boxes.

Source: LVIS, arXiv:1908.03195; fixed AP, arXiv:2102.01066.
"""

# T IoU thresholds, R recall points, K classes, A object sizes, D detections, G objects

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from vl_runtime.metrics.precision_table import (
    AREA_RANGES,
    IOU_THRESHOLDS,
    RECALL_POINTS,
    PrecisionTable,
)

# As in the published evaluation: a threshold of exactly 1 would need equal floats.
_LOWEST_IOU = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)
_AREAS = np.array(list(AREA_RANGES.values()))


@dataclass(frozen=True)
class DetectionColumns:
    """Detections of a whole data set, N rows, as columns.

    Shapes: image (N,) index into the pictures; category (N,) index into the classes;
    bbox (N, 4) float64 xywh in original pixels; score (N,).
    """

    image: np.ndarray
    category: np.ndarray
    bbox: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    def rows(self, chosen: np.ndarray) -> DetectionColumns:
        """The chosen rows (indices or a mask), in that order."""
        return DetectionColumns(
            self.image[chosen], self.category[chosen], self.bbox[chosen], self.score[chosen]
        )

    def best_per(self, group: np.ndarray, limit: int) -> DetectionColumns:
        """At most ``limit`` rows of highest score in each group (N,); ties by order."""
        order = np.lexsort((-self.score, group))
        starts = np.flatnonzero(np.diff(group[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
        return self.rows(np.sort(order[rank < limit]))


@dataclass
class _ClassMatches:
    """What one class collected over pictures: a list of arrays, joined at the end."""

    scores: list[np.ndarray]  # (D,)
    hits: list[np.ndarray]  # (A, T, D)
    ignored: list[np.ndarray]  # (A, T, D)
    num_objects: np.ndarray  # (A,)


def federated_average_precision(
    ground_truth: dict[str, list[dict[str, Any]]],
    detections: DetectionColumns,
    image_ids: Sequence[Any],
    category_ids: Sequence[Any],
) -> PrecisionTable:
    """Precision and recall of ``detections``, already limited in number (see ``best_per``).

    Args:
        ground_truth: as ``load_annotation_file`` returns it; each image has
            ``neg_category_ids`` and ``not_exhaustive_category_ids``.
        image_ids: the pictures that count, ascending; ``detections.image`` points here.
        category_ids: the classes that count; ``detections.category`` points here.
    """
    image_index = {number: index for index, number in enumerate(image_ids)}
    class_index = {number: index for index, number in enumerate(category_ids)}
    objects = _objects_by_pair(ground_truth['annotations'], image_index, class_index)
    absent = _listed_pairs(ground_truth, image_index, class_index, 'neg_category_ids')
    lenient = _listed_pairs(ground_truth, image_index, class_index, 'not_exhaustive_category_ids')
    found = _detections_by_pair(detections, absent | set(objects))
    classes: dict[int, _ClassMatches] = defaultdict(
        lambda: _ClassMatches([], [], [], np.zeros(len(_AREAS), int))
    )
    nothing = detections.rows(np.zeros(0, int))
    for pair in sorted(set(objects) | set(found)):
        boxes, areas = _box_arrays(objects.get(pair, []))
        _match_picture(
            classes[pair[0]], found.get(pair, nothing), boxes, areas, lenient=pair in lenient
        )
    return _accumulate(classes, len(category_ids))


def _objects_by_pair(annotations: list, image_index: dict, class_index: dict) -> dict:
    """Annotations with an area, by (class, picture)."""
    objects = defaultdict(list)
    for item in annotations:
        image, category = image_index.get(item['image_id']), class_index.get(item['category_id'])
        if image is not None and category is not None and item['area'] > 0:
            objects[category, image].append(item)
    return objects


def _listed_pairs(ground_truth: dict, image_index: dict, class_index: dict, key: str) -> set:
    """(class, picture) for each class that a picture lists under ``key``."""
    return {
        (class_index[category], image_index[image['id']])
        for image in ground_truth['images']
        if image['id'] in image_index
        for category in image[key]
        if category in class_index
    }


def _detections_by_pair(detections: DetectionColumns, judged: set) -> dict:
    """Detections with an area, by (class, picture), best score first; judged pairs only."""
    num_images = int(detections.image.max(initial=0)) + 1
    keys = detections.category * num_images + detections.image
    wanted = [category * num_images + image for category, image in judged if image < num_images]
    kept = np.isin(keys, np.array(wanted, dtype=np.int64))
    kept &= detections.bbox[:, 2] * detections.bbox[:, 3] > 0
    chosen = np.flatnonzero(kept)
    chosen = chosen[np.lexsort((-detections.score[chosen], keys[chosen]))]
    starts = np.flatnonzero(np.diff(keys[chosen], prepend=-1))
    return {
        divmod(int(keys[part[0]]), num_images): detections.rows(part)
        for part in np.split(chosen, starts[1:])
        if part.size
    }


def _box_arrays(annotations: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (G, 4) xywh; ignore flags (A, G): outside the area range or marked."""
    boxes = np.array([item['bbox'] for item in annotations], np.float64).reshape(-1, 4)
    areas = np.array([item['area'] for item in annotations], np.float64)
    marked = np.array([bool(item.get('ignore', 0)) for item in annotations], bool)
    return boxes, _outside(areas) | marked


def _outside(areas: np.ndarray) -> np.ndarray:
    """(A, N): the area lies outside the range."""
    return (areas < _AREAS[:, :1]) | (areas > _AREAS[:, 1:])


def _match_picture(
    matches: _ClassMatches,
    found: DetectionColumns,
    boxes: np.ndarray,
    ignored_objects: np.ndarray,
    *,
    lenient: bool,
) -> None:
    """Match one class in one picture, best score first, and append to ``matches``."""
    hits, ignored = _greedy_matching(found.bbox, boxes, ignored_objects)
    unjudged = _outside(found.bbox[:, 2] * found.bbox[:, 3]) | lenient
    matches.scores.append(found.score)
    matches.hits.append(hits)
    matches.ignored.append(ignored | (~hits & unjudged[:, None, :]))
    matches.num_objects += (~ignored_objects).sum(1)


def _greedy_matching(
    detected: np.ndarray, boxes: np.ndarray, ignored_objects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each detection the free object of largest IoU; counted objects go first.

    Shapes: detected (D, 4) xywh by descending score; boxes (G, 4) xywh;
        ignored_objects (A, G); both outputs (A, T, D): matched; matched to an ignored one.
    """
    shape = (len(_AREAS), len(IOU_THRESHOLDS))
    hits, ignored = np.zeros((2, *shape, len(detected)), bool)
    if not len(boxes) or not len(detected):
        return hits, ignored
    overlaps = coco_mask.iou(detected, boxes, [0] * len(boxes))
    taken = np.zeros((*shape, len(boxes)), bool)
    for index in np.flatnonzero(overlaps.max(1) >= _LOWEST_IOU[0]):
        free = (overlaps[index] >= _LOWEST_IOU[:, None]) & ~taken
        counted = free & ~ignored_objects[:, None, :]
        usable = np.where(counted.any(-1, keepdims=True), counted, free)
        # The last of equal overlaps wins, as in the published evaluation.
        ranked = np.where(usable, overlaps[index], -1)[..., ::-1]
        choice = len(boxes) - 1 - ranked.argmax(-1)
        area, threshold = np.nonzero(usable.any(-1))
        chosen = choice[area, threshold]
        taken[area, threshold, chosen] = True
        hits[area, threshold, index] = True
        ignored[area, threshold, index] = ignored_objects[area, chosen]
    return hits, ignored


def _accumulate(classes: dict[int, _ClassMatches], num_classes: int) -> PrecisionTable:
    num_areas, num_thresholds = len(_AREAS), len(IOU_THRESHOLDS)
    precision = -np.ones((num_thresholds, len(RECALL_POINTS), num_classes, num_areas))
    recall = -np.ones((num_thresholds, num_classes, num_areas, 1))
    for category, matches in classes.items():
        order = np.argsort(-np.concatenate(matches.scores), kind='stable')
        hits = np.concatenate(matches.hits, -1)[..., order]
        counted = ~np.concatenate(matches.ignored, -1)[..., order]
        for area in np.flatnonzero(matches.num_objects):
            true = (hits[area] & counted[area]).cumsum(-1, dtype=float)
            false = (~hits[area] & counted[area]).cumsum(-1, dtype=float)
            reached = true / matches.num_objects[area]
            recall[:, category, area, 0] = reached[:, -1] if len(order) else 0
            exact = true / (true + false + np.spacing(1))
            envelope = np.maximum.accumulate(exact[:, ::-1], axis=-1)[:, ::-1]
            for threshold in range(num_thresholds):
                precision[threshold, :, category, area] = _at_recall_points(
                    reached[threshold], envelope[threshold]
                )
    return PrecisionTable(precision, recall)


def _at_recall_points(reached: np.ndarray, envelope: np.ndarray) -> np.ndarray:
    """Precision where each recall point is first reached, 0 where it never is."""
    position = np.searchsorted(reached, RECALL_POINTS, side='left')
    return np.append(envelope, 0.0)[position]

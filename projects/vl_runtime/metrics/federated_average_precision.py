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
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from vl_runtime.metrics.precision_table import (
    AREA_RANGES,
    IOU_THRESHOLDS,
    RECALL_POINTS,
    PrecisionTable,
)
from vl_runtime.metrics.segmentations import encode_segmentation

# As in the published evaluation: a threshold of exactly 1 would need equal floats.
_LOWEST_IOU = np.minimum(IOU_THRESHOLDS, 1 - 1e-10)
_AREAS = np.array(list(AREA_RANGES.values()))


@dataclass(frozen=True)
class DetectionColumns:
    """Detections of a whole data set, N rows, as columns.

    Shapes: image (N,) index into the pictures; category (N,) index into the classes;
    bbox (N, 4) float64 xywh in original pixels; score (N,); mask (N,) run-length codes, or
    None if boxes are compared.
    """

    image: np.ndarray
    category: np.ndarray
    bbox: np.ndarray
    score: np.ndarray
    mask: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.score)

    def rows(self, chosen: np.ndarray) -> DetectionColumns:
        """The chosen rows (indices or a mask), in that order."""
        columns = [getattr(self, field.name) for field in fields(self)]
        return DetectionColumns(*(None if c is None else c[chosen] for c in columns))

    @property
    def area(self) -> np.ndarray:
        """Area (N,) of the masks, or of the boxes."""
        if self.mask is None:
            return self.bbox[:, 2] * self.bbox[:, 3]
        return coco_mask.area(self.mask.tolist()).astype(np.float64)

    @property
    def shapes(self) -> np.ndarray | list[dict[str, Any]]:
        """What is compared, as pycocotools takes it: run-length codes, or boxes."""
        return self.bbox if self.mask is None else self.mask.tolist()

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
            ``neg_category_ids`` and ``not_exhaustive_category_ids``. Where ``detections``
            have masks, each annotation has one.
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
    sizes = {
        image['id']: (image.get('height'), image.get('width')) for image in ground_truth['images']
    }
    for pair in sorted(set(objects) | set(found)):
        detected, annotated = found.get(pair, nothing), objects.get(pair, [])
        shapes = _shapes(annotated, None if detections.mask is None else sizes)
        _match_picture(
            classes[pair[0]], detected, shapes, _ignored(annotated), lenient=pair in lenient
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
    kept &= detections.area > 0
    chosen = np.flatnonzero(kept)
    chosen = chosen[np.lexsort((-detections.score[chosen], keys[chosen]))]
    starts = np.flatnonzero(np.diff(keys[chosen], prepend=-1))
    return {
        divmod(int(keys[part[0]]), num_images): detections.rows(part)
        for part in np.split(chosen, starts[1:])
        if part.size
    }


def _shapes(annotations: list[dict], sizes: dict | None) -> np.ndarray | list[dict]:
    """Boxes (G, 4) xywh or, with the ``sizes`` (height, width) of pictures, G masks."""
    if sizes is None:
        return np.array([item['bbox'] for item in annotations], np.float64).reshape(-1, 4)
    return [
        encode_segmentation(item['segmentation'], *sizes[item['image_id']]) for item in annotations
    ]


def _ignored(annotations: list[dict]) -> np.ndarray:
    """Ignore flags (A, G): outside the area range or marked."""
    areas = np.array([item['area'] for item in annotations], np.float64)
    marked = np.array([bool(item.get('ignore', 0)) for item in annotations], bool)
    return _outside(areas) | marked


def _outside(areas: np.ndarray) -> np.ndarray:
    """(A, N): the area lies outside the range."""
    return (areas < _AREAS[:, :1]) | (areas > _AREAS[:, 1:])


def _match_picture(
    matches: _ClassMatches,
    found: DetectionColumns,
    shapes: np.ndarray | list[dict],
    ignored_objects: np.ndarray,
    *,
    lenient: bool,
) -> None:
    """Match one class in one picture, best score first, and append to ``matches``."""
    overlaps = np.zeros((len(found), len(shapes)))
    if overlaps.size:
        overlaps = coco_mask.iou(found.shapes, shapes, [0] * len(shapes))
    hits, ignored = _greedy_matching(overlaps, ignored_objects)
    unjudged = _outside(found.area) | lenient
    matches.scores.append(found.score)
    matches.hits.append(hits)
    matches.ignored.append(ignored | (~hits & unjudged[:, None, :]))
    matches.num_objects += (~ignored_objects).sum(1)


def _greedy_matching(
    overlaps: np.ndarray, ignored_objects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each detection the free object of largest IoU; counted objects go first.

    Shapes: overlaps (D, G), detections by descending score; ignored_objects (A, G);
        both outputs (A, T, D): matched; matched to an ignored one.
    """
    shape = (len(_AREAS), len(IOU_THRESHOLDS))
    num_objects = overlaps.shape[1]
    hits, ignored = np.zeros((2, *shape, len(overlaps)), bool)
    if not overlaps.size:
        return hits, ignored
    taken = np.zeros((*shape, num_objects), bool)
    for index in np.flatnonzero(overlaps.max(1) >= _LOWEST_IOU[0]):
        free = (overlaps[index] >= _LOWEST_IOU[:, None]) & ~taken
        counted = free & ~ignored_objects[:, None, :]
        usable = np.where(counted.any(-1, keepdims=True), counted, free)
        # The last of equal overlaps wins, as in the published evaluation.
        ranked = np.where(usable, overlaps[index], -1)[..., ::-1]
        choice = num_objects - 1 - ranked.argmax(-1)
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

"""The annotated objects in the results of a pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_runtime.errors import InputKeyError, InputValueError

_PER_OBJECT_KEYS = ('gt_bboxes', 'gt_bboxes_labels', 'gt_ignore_flags', 'gt_masks')


def keep_objects(results: dict, keep: np.ndarray, labels: np.ndarray | None = None) -> None:
    """Leave only some objects in ``results``, with what belongs to them.

    Args:
        keep: (n,) bool, or indices.
        labels: of those that stay; all 0 by default.
    """
    keep = np.flatnonzero(keep) if keep.dtype == bool else keep
    instances = results.get('instances')
    if instances is not None and len(instances) == len(results['gt_bboxes_labels']):
        results['instances'] = [instances[index] for index in keep]
    for key in _PER_OBJECT_KEYS:
        if results.get(key) is not None:
            results[key] = results[key][keep]
    new = np.zeros(len(keep)) if labels is None else labels
    results['gt_bboxes_labels'] = np.asarray(new, dtype=np.int64)


def boxes_and_labels(results: dict) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) float64 xyxy and labels (n,) int64 of the objects, without crowds."""
    boxes = results['gt_bboxes']
    boxes = np.asarray(getattr(boxes, 'tensor', boxes), dtype=np.float64).reshape(-1, 4)
    keep = not_crowds(results)
    return boxes[keep], np.asarray(results['gt_bboxes_labels'], dtype=np.int64)[keep]


def not_crowds(results: dict) -> np.ndarray:
    """(n,) bool: which objects are single ones."""
    ignored = results.get('gt_ignore_flags')
    if ignored is None:
        return np.ones(len(results['gt_bboxes_labels']), bool)
    return ~np.asarray(ignored, bool)


def areas(boxes_xyxy: np.ndarray) -> np.ndarray:
    """(n,) in pixels."""
    return (boxes_xyxy[:, 2] - boxes_xyxy[:, 0]) * (boxes_xyxy[:, 3] - boxes_xyxy[:, 1])


def largest_object(results: dict) -> int | None:
    """Index of the largest single object; None without any."""
    boxes = results['gt_bboxes']
    boxes = np.asarray(getattr(boxes, 'tensor', boxes), dtype=np.float64).reshape(-1, 4)
    if not len(boxes):
        return None
    sizes = np.where(not_crowds(results), areas(boxes), -1.0)
    return int(sizes.argmax()) if sizes.max() >= 0 else None


def values_of_objects(results: dict, key: str) -> list[Any]:
    """``key`` of the annotation of every object (None where it has none).

    Raises:
        InputKeyError: the results carry no annotations.
        InputValueError: a step has left objects out, so that nothing tells whose they are.
    """
    if 'instances' not in results:
        raise InputKeyError(
            f'{results.get("img_path")}: expected instances in the results, found none; '
            'mmdet.LoadAnnotations keeps them.'
        )
    found = [item.get(key) for item in results['instances']]
    if len(found) != len(results['gt_bboxes_labels']):
        raise InputValueError(
            f'{results.get("img_path")}: {len(found)} annotations but '
            f'{len(results["gt_bboxes_labels"])} boxes, so {key} can belong to any of them; leave '
            'out steps that drop objects (crops), or the task that needs it.'
        )
    return found

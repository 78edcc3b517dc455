"""How well each object of a picture was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vl_runtime.boxes import box_iou, xywh_to_xyxy
from vl_runtime.metrics.box_pairing import pairs_by_iou


def matched_ious(
    boxes: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    objects: Sequence[Mapping[str, Any]],
) -> tuple[np.ndarray, np.ndarray]:
    """IoU of each object with its answer, and whether it has one.

    For a label with G objects the G best-scoring boxes with that label are the answers (equal
    scores keep their order); answers and objects are paired one to one, the pair of largest
    IoU first, which may be 0.

    Shapes (N boxes, G objects):
        boxes: (N, 4) xyxy; scores, labels: (N,); objects: G dicts with ``bbox`` (xywh) and
        ``category_id`` (a label).

    Returns:
        (G,) float in 0..1, 0 for an object without an answer; (G,) bool.
    """
    ious, answered = np.zeros(len(objects)), np.zeros(len(objects), bool)
    object_labels = np.array([item['category_id'] for item in objects], int)
    object_boxes = xywh_to_xyxy(np.array([o['bbox'] for o in objects], float).reshape(-1, 4))
    for label in np.unique(object_labels):
        members = np.flatnonzero(object_labels == label)
        candidates = np.flatnonzero(labels == label)
        best = candidates[np.argsort(-scores[candidates], kind='stable')][: len(members)]
        overlaps = box_iou(boxes[best], object_boxes[members])
        for _, member, iou in pairs_by_iou(overlaps):
            ious[members[member]], answered[members[member]] = iou, True
    return ious, answered

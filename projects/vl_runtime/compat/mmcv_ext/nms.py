"""Suppression of overlapping boxes: hard, soft, and hard with its groups.

Boxes are xyxy. ``offset`` 1 counts pixels (width ``x2 - x1 + 1``), 0 measures
lengths. A threshold is compared in float32, as the compiled operators do, so
that an overlap of exactly 0.6 is not "more than 0.6".

Shapes: N boxes, K kept boxes.
"""

from __future__ import annotations

import numpy as np
import torch
import torchvision.ops
from torch import Tensor

from .precision import widened

__all__ = ['nms', 'softnms', 'nms_match']

_NAIVE, _LINEAR, _GAUSSIAN = 0, 1, 2  # `method` of mmcv's soft_nms


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Indices (K,) of the kept boxes, best score first.

    A box goes when its IoU with a better kept one is more than ``iou_threshold``.
    """
    boxes = widened(boxes)
    if offset:
        boxes = torch.cat([boxes[:, :2], boxes[:, 2:] + offset], dim=1)
    threshold = float(np.float32(iou_threshold))
    return torchvision.ops.nms(boxes, widened(scores).to(boxes.dtype), threshold)


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Lower the scores of boxes that overlap better ones; drop those under ``min_score``.

    ``dets[:K]`` (of (N, 5)) receives box and final score in the order of choice,
    the returned (K,) the indices. ``method`` 0 drops boxes with
    IoU >= ``iou_threshold``, 1 multiplies their scores by 1 - IoU, 2 multiplies
    every score by exp(-IoU^2 / ``sigma``). All tensors are on the CPU.

    Equal scores are resolved as the compiled operator does: the chosen box
    changes places with the first candidate, a dropped one is replaced by the
    last candidate.

    Source: Soft-NMS, arXiv:1704.04503.
    """
    pool, areas, scores_left = _candidates(widened(boxes), widened(scores), offset)
    index = np.arange(len(pool))
    threshold, width = np.float32(iou_threshold), len(pool)
    chosen = 0
    while chosen < width:
        best = chosen + int(np.argmax(scores_left[chosen:width]))
        for array in (pool, areas, scores_left, index):
            array[[chosen, best]] = array[[best, chosen]]
        rest = slice(chosen + 1, width)
        overlap = _overlaps(pool[chosen], areas[chosen], pool[rest], areas[rest], offset)
        scores_left[rest] *= _decay(overlap, threshold, sigma, method)
        width = _close_gaps((pool, areas, scores_left, index), rest, min_score)
        chosen += 1
    kept = np.concatenate([pool[:width], scores_left[:width, None]], axis=1)
    dets[:width].copy_(torch.from_numpy(kept))
    return torch.from_numpy(index[:width].copy())


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Groups of indices: a kept box, then the boxes that it suppressed, best first.

    ``dets`` is (N, 5), box and score. A box joins the group of the best kept box
    whose IoU with it is at least ``iou_threshold``.
    """
    dets = widened(dets).cpu()
    order = dets[:, 4].sort(descending=True, stable=True)[1]
    pool, areas, _ = _candidates(dets[order, :4], dets[order, 4], offset=0)
    threshold, waiting, order = np.float32(iou_threshold), np.arange(len(pool)), order.numpy()
    groups = []
    while len(waiting):
        first, others = waiting[0], waiting[1:]
        overlap = _overlaps(pool[first], areas[first], pool[others], areas[others], 0)
        joins = overlap >= threshold
        groups.append([int(order[first]), *order[others[joins]].tolist()])
        waiting = others[~joins]
    return groups


def _candidates(
    boxes: Tensor, scores: Tensor, offset: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Writable arrays of boxes (N, 4), areas (N,) and scores (N,)."""
    pool = boxes.numpy().copy()
    areas = (pool[:, 2] - pool[:, 0] + offset) * (pool[:, 3] - pool[:, 1] + offset)
    return pool, areas, scores.numpy().astype(pool.dtype)


def _overlaps(
    box: np.ndarray, area: np.ndarray, boxes: np.ndarray, areas: np.ndarray, offset: int
) -> np.ndarray:
    """IoU of one box with (M, 4) others; 0 for two boxes without area."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    sides = np.maximum(high - low + offset, 0)
    shared = sides[:, 0] * sides[:, 1]
    union = area + areas - shared
    return np.divide(shared, union, out=np.zeros_like(union), where=union != 0)


def _decay(overlap: np.ndarray, threshold: np.float32, sigma: float, method: int) -> np.ndarray:
    """Factor of each score."""
    if method == _GAUSSIAN:
        return np.exp(-(overlap * overlap) / np.float32(sigma))
    over = overlap >= threshold
    return np.where(over, 1 - overlap if method == _LINEAR else 0, 1).astype(overlap.dtype)


def _close_gaps(arrays: tuple[np.ndarray, ...], rest: slice, min_score: float) -> int:
    """Drop candidates under ``min_score`` and return where the candidates end now.

    ``arrays`` are boxes, areas, scores and indices. The gaps are filled from the end.
    """
    low = arrays[2][rest] < np.float32(min_score)
    if not low.any():
        return rest.stop
    stop = rest.stop - int(low.sum())
    kept = stop - rest.start
    gaps = rest.start + np.flatnonzero(low[:kept])
    fillers = rest.start + kept + np.flatnonzero(~low[kept:])[::-1]
    for array in arrays:
        array[gaps] = array[fillers]
    return stop

"""Box arithmetic, the same for numpy arrays and torch tensors.

Every function takes ``np.ndarray`` or ``torch.Tensor`` with boxes in the last axis
(``(..., 4)``), returns the same kind, and never changes its input. The three frames:

    xyxy    left, top, right, bottom
    xywh    left, top, width, height (COCO files)
    cxcywh  centre x, centre y, width, height (YOLO files)
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch

from vl_runtime.errors import InputValueError

Boxes = TypeVar('Boxes', np.ndarray, torch.Tensor)


def _columns(boxes: Boxes) -> tuple:
    """The four columns; raises InputValueError when the last axis isn't 4 long."""
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        raise InputValueError(
            f'boxes: expected shape (..., 4), found {tuple(boxes.shape)}; one row is one box.'
        )
    return tuple(boxes[..., i] for i in range(4))


def _stacked(like: Boxes, *columns: Boxes) -> Boxes:
    return (torch if isinstance(like, torch.Tensor) else np).stack(columns, -1)


def xyxy_to_xywh(boxes: Boxes) -> Boxes:
    """``(..., 4)`` xyxy to xywh, same unit."""
    x1, y1, x2, y2 = _columns(boxes)
    return _stacked(boxes, x1, y1, x2 - x1, y2 - y1)


def xywh_to_xyxy(boxes: Boxes) -> Boxes:
    """``(..., 4)`` xywh to xyxy, same unit."""
    x, y, w, h = _columns(boxes)
    return _stacked(boxes, x, y, x + w, y + h)


def cxcywh_to_xyxy(boxes: Boxes) -> Boxes:
    """``(..., 4)`` cxcywh to xyxy, same unit; the result is floating point."""
    cx, cy, w, h = _columns(boxes)
    return _stacked(boxes, cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)


def box_iou(a_xyxy: Boxes, b_xyxy: Boxes) -> Boxes:
    """Intersection over union of every box of A with every box of B, in 0..1.

    A box with no area (or reversed corners) overlaps nothing: its row or column is 0.

    Shapes:
        a_xyxy: (N, 4); b_xyxy: (M, 4); output: (N, M). N and M may be 0.

    Raises:
        InputValueError: one of the two isn't a list of boxes.
    """
    backend = torch if isinstance(a_xyxy, torch.Tensor) else np
    for boxes in (a_xyxy, b_xyxy):
        if boxes.ndim != 2 or boxes.shape[-1] != 4:
            raise InputValueError(
                f'box_iou: expected two arrays of shape (N, 4), found {tuple(boxes.shape)}.'
            )
    low = backend.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    high = backend.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    overlap_wh = (high - low).clip(min=0)
    overlap = overlap_wh[..., 0] * overlap_wh[..., 1]
    union = _area(a_xyxy)[:, None] + _area(b_xyxy)[None, :] - overlap
    # Both boxes empty: union is 0 and so is the overlap; any divisor gives 0.
    return overlap / backend.where(union > 0, union, backend.ones_like(union))


def _area(boxes_xyxy: Boxes) -> Boxes:
    size_wh = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).clip(min=0)
    return size_wh[:, 0] * size_wh[:, 1]


def clip_xyxy(boxes: Boxes, width: float, height: float) -> Boxes:
    """``(..., 4)`` xyxy boxes cut to the picture ``[0, width] x [0, height]``."""
    x1, y1, x2, y2 = _columns(boxes)
    return _stacked(
        boxes, x1.clip(0, width), y1.clip(0, height), x2.clip(0, width), y2.clip(0, height)
    )

"""Masks as outlines and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco_mask

_LEAST_POINTS = 3
_FINER = 4


def outlines_of(masks: Any, index: int) -> list[np.ndarray]:
    """The parts of one mask as outlines (m, 2) float64 in pixels, the largest first.

    Args:
        masks: mmdet's ``PolygonMasks`` or ``BitmapMasks``, or an array (n, H, W). Holes of a
            bitmap are filled.
        index: which of them.
    """
    polygons = getattr(masks, 'masks', masks)[index]
    if isinstance(polygons, list | tuple):
        parts = [np.asarray(part, np.float64).reshape(-1, 2) for part in polygons]
    else:
        # Contours run through the middle of the pixels at the border; of a picture of four times
        # the size that is at most an eighth of a pixel inside.
        large = np.ascontiguousarray(polygons, np.uint8).repeat(_FINER, 0).repeat(_FINER, 1)
        found, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        parts = [(part.reshape(-1, 2) + 0.5) / _FINER for part in found]
    parts = [part for part in parts if len(part) >= _LEAST_POINTS]
    return sorted(parts, key=_area, reverse=True)


def simplified(outline: np.ndarray, tolerance: float) -> np.ndarray:
    """The outline with fewer points, none further than ``tolerance`` pixels off it.

    Fewer than three points are not left.
    """
    if tolerance <= 0:
        return outline
    found = cv2.approxPolyDP(outline.astype(np.float32)[:, None], tolerance, True)
    found = found.reshape(-1, 2).astype(np.float64)
    return found if len(found) >= _LEAST_POINTS else outline[:: max(1, len(outline) // 3)][:3]


def filled(parts: Sequence[np.ndarray], size_wh: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: what lies inside one of the outlines."""
    width, height = size_wh
    flat = [np.asarray(part, np.float64).reshape(-1).tolist() for part in parts]
    if not flat:
        return np.zeros((height, width), bool)
    return coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(flat, height, width))).astype(
        bool
    )


def _area(outline: np.ndarray) -> float:
    return float(cv2.contourArea(outline.astype(np.float32)))

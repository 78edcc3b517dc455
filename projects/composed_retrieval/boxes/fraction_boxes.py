"""What a box of a box file must be: fractions of the original picture, x1 < x2, y1 < y2."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SLACK = 1e-6  # rounding of whoever wrote the file; clipped away


def box_problem(box: Any) -> str | None:
    """Why ``box`` can't be [x1, y1, x2, y2] in fractions, as 'expected ..., found ...'; or None."""
    if not isinstance(box, list | tuple) or len(box) != 4 or not all(map(_is_number, box)):
        return f'expected four numbers [x1, y1, x2, y2], found {box!r:.60}'
    if not all(map(math.isfinite, box)):
        return f'expected finite numbers, found {list(box)}'
    if max(box) > 1 + SLACK or min(box) < -SLACK:
        hint = '; these look like pixels: divide by width and height' if max(box) > 2 else ''
        return f'expected fractions 0..1 of the original image, found {list(box)}{hint}'
    if not (box[0] < box[2] and box[1] < box[3]):
        return f'expected x1 < x2 and y1 < y2, found {list(box)}'
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def box_array(boxes: Any) -> np.ndarray:
    """(n, 4) float64, clipped to 0..1; ``boxes`` have no problem."""
    return np.asarray(boxes, dtype=np.float64).reshape(-1, 4).clip(0, 1)


def box_areas(boxes: np.ndarray) -> np.ndarray:
    """(n,) areas of (n, 4) boxes, in the square of their unit."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

"""Pair answers and objects one to one by how well they overlap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def pairs_by_iou(overlaps: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Row, column and IoU of min(N, M) pairs, the pair of largest IoU first.

    Each row and each column is used once; a pair may have IoU 0.

    Shapes:
        overlaps: (N, M) IoU in 0..1, which is left as it is.
    """
    rest = np.array(overlaps, np.float64)
    for _ in range(min(rest.shape)):
        row, column = (int(k) for k in np.unravel_index(rest.argmax(), rest.shape))
        yield row, column, float(rest[row, column])
        rest[row, :] = rest[:, column] = -1

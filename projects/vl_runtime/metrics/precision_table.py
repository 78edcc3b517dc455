"""The precision and recall that an evaluation measured, and means over its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# T IoU thresholds, R recall points, K classes, A object sizes, M detection limits
IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_POINTS = np.linspace(0.0, 1.0, 101)
# Object area in square pixels, as COCO and LVIS define small, medium and large.
AREA_RANGES = {
    'all': (0.0, 1e10),
    'small': (0.0, 32.0**2),
    'medium': (32.0**2, 96.0**2),
    'large': (96.0**2, 1e10),
}


@dataclass(frozen=True)
class PrecisionTable:
    """Interpolated precision and final recall; -1 where a class has no object.

    Shapes:
        precision: (T, R, K, A) at ``IOU_THRESHOLDS``, ``RECALL_POINTS``, class, area
        recall: (T, K, A, M)
    """

    precision: np.ndarray
    recall: np.ndarray

    def average_precision(
        self,
        classes: Sequence[int] | None = None,
        iou: float | None = None,
        area: str = 'all',
    ) -> float:
        """Mean AP in 0..1 over classes that have an object; -1.0 when none has.

        Args:
            classes: indices along K; all when None.
            iou: one of ``IOU_THRESHOLDS``; the mean over all ten when None.
            area: a key of ``AREA_RANGES``.
        """
        return _mean(self._part(self.precision[..., list(AREA_RANGES).index(area)], classes, iou))

    def average_recall(self, limit: int = -1, area: str = 'all') -> float:
        """Mean recall in 0..1 at the detection limit of index ``limit``; -1.0 when no object."""
        return _mean(self.recall[:, :, list(AREA_RANGES).index(area), limit])

    def _part(
        self, values: np.ndarray, classes: Sequence[int] | None, iou: float | None
    ) -> np.ndarray:
        if iou is not None:
            values = values[np.isclose(IOU_THRESHOLDS, iou)]
        return values if classes is None else values[:, :, list(classes)]


def _mean(values: np.ndarray) -> float:
    measured = values[values > -1]
    return float(measured.mean()) if measured.size else -1.0

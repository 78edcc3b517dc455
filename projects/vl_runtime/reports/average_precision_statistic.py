"""COCO AP of resampled pictures, without matching anything again.

Letters: B resamples, I pictures, K classes, n detections of a class, T IoU thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vl_runtime.metrics.coco_average_precision import ClassMatches
from vl_runtime.metrics.precision_table import RECALL_POINTS

# About 5 s on one core; the second number is what a search in the recall curve costs.
_MOST_OPERATIONS = 6e8
_SEARCH_COST = 1500
_FEWEST_RESAMPLES = 100  # fewer give no bounds worth a look
_ENOUGH_RESAMPLES = 300
_CHUNK = 4_000_000


class AveragePrecisionStatistic:
    """COCO AP (mean over IoU 0.5..0.95 and classes) as a ``Statistic``.

    Which detection meets which object is a matter of one picture, so it is the same in every
    draw; only precision and recall are computed anew. With every picture once the value is
    that of ``coco_average_precision``. A class without an object in a draw does not count in it.

    Args:
        matches: of ``coco_matches``, one entry a class.
    """

    def __init__(self, matches: Sequence[ClassMatches]) -> None:
        self._classes = []
        for found in matches:
            order = np.argsort(-found.scores, kind='stable')
            self._classes.append(
                ClassMatches(
                    found.images[order],
                    found.scores[order],
                    found.hits[:, order],
                    found.misses[:, order],
                    found.num_objects,
                )
            )

    def affordable(self, wanted: int) -> int:
        """See ``Statistic``; at most 300, which is enough for two digits."""
        each = sum(found.hits.size + _SEARCH_COST * len(found.hits) for found in self._classes)
        count = min(wanted, _ENOUGH_RESAMPLES, int(_MOST_OPERATIONS / max(each, 1)))
        return count if count >= min(_FEWEST_RESAMPLES, wanted) else 0

    def values(self, weights: np.ndarray) -> np.ndarray:
        """See ``Statistic``; NaN where a draw has no object of any class."""
        sums, counted = np.zeros(len(weights)), np.zeros(len(weights))
        for found in self._classes:
            num_objects = weights @ found.num_objects
            there = num_objects > 0
            step = max(1, _CHUNK // max(len(found.images), 1))
            for start in range(0, len(weights), step):
                part = slice(start, start + step)
                precision = _class_precision(found, weights[part], num_objects[part])
                sums[part] += np.where(there[part], precision, 0)
            counted += there
        return np.where(counted > 0, sums / np.maximum(counted, 1), np.nan)


def _class_precision(
    found: ClassMatches, weights: np.ndarray, num_objects: np.ndarray
) -> np.ndarray:
    """(B,) AP of a class, mean over the IoU thresholds."""
    drawn = weights[:, found.images]
    total = np.zeros(len(weights))
    for hits, misses in zip(found.hits, found.misses, strict=True):
        # Precision is highest, and recall grows, at hits only.
        places = np.flatnonzero(hits)
        if not len(places):
            continue
        true = np.cumsum(drawn * hits, axis=1)[:, places]
        false = np.cumsum(drawn * misses, axis=1)[:, places]
        precision = true / np.maximum(true + false, 1)
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recall = true / np.maximum(num_objects, 1)[:, None]
        for row in range(len(weights)):
            reached = np.searchsorted(recall[row], RECALL_POINTS, side='left')
            reached = reached[reached < len(places)]
            total[row] += precision[row, reached].sum() / len(RECALL_POINTS)
    return total / len(found.hits)

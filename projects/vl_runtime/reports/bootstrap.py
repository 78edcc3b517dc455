"""How sure a measured value is: 95 % intervals from resampled pictures.

Pictures are drawn with replacement, as often as there are pictures; the value of each such draw
is computed anew, and the interval holds the middle 95 % of these values (percentile bootstrap).
A picture is drawn with all of its objects, because they are not independent. Two models that
saw the same pictures are compared on the same draws (paired): what makes a picture hard for
both drops out.

Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, chapters 13 and 16.

Letters: B resamples, I pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

NUM_RESAMPLES = 1000
_MIDDLE = (2.5, 97.5)  # percentiles


class Statistic(Protocol):
    """A value of a set of pictures in which each may occur any number of times."""

    def values(self, weights: np.ndarray) -> np.ndarray:
        """(B,) values for (B, I) counts of the pictures; NaN where it is not defined."""

    def affordable(self, wanted: int) -> int:
        """How many of ``wanted`` resamples take seconds, not minutes; 0 for none."""


@dataclass(frozen=True)
class Interval:
    """A value and the bounds of its 95 % interval.

    Attributes:
        value: of the pictures as they are.
        low, high: bounds.
        num_resamples: how many draws they come from.
    """

    value: float
    low: float
    high: float
    num_resamples: int

    def __str__(self) -> str:
        return f'{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]'


class ObjectMean:
    """The mean over all objects of a set of pictures.

    Args:
        sums: (I,) sum over the objects of each picture.
        counts: (I,) how many objects each has.
    """

    def __init__(self, sums: np.ndarray, counts: np.ndarray) -> None:
        self._parts = np.stack([np.asarray(sums, float), np.asarray(counts, float)], axis=1)

    def values(self, weights: np.ndarray) -> np.ndarray:
        """See ``Statistic``; NaN where a draw has no object."""
        sums, counts = (np.asarray(weights, float) @ self._parts).T
        return np.where(counts > 0, sums / np.where(counts > 0, counts, 1), np.nan)

    def affordable(self, wanted: int) -> int:
        """All of them."""
        return wanted


def resample_counts(num_images: int, num_resamples: int, seed: int = 0) -> np.ndarray:
    """(B, I) int32: how often each picture is in each draw; every row sums to I."""
    rng = np.random.default_rng(seed)
    chance = np.full(num_images, 1 / num_images)
    return rng.multinomial(num_images, chance, size=num_resamples).astype(np.int32)


def interval(statistic: Statistic, weights: np.ndarray) -> Interval | None:
    """The 95 % interval; None where the statistic is not defined or costs too much.

    Args:
        weights: of ``resample_counts``; a costly statistic uses the first rows.
    """
    count = statistic.affordable(len(weights))
    if not count:
        return None
    (value,) = statistic.values(np.ones((1, weights.shape[1])))
    return _interval(value, statistic.values(weights[:count]))


def paired_difference(after: Statistic, before: Statistic, weights: np.ndarray) -> Interval | None:
    """The 95 % interval of ``after`` minus ``before`` on the same draws; None as above."""
    count = min(after.affordable(len(weights)), before.affordable(len(weights)))
    if not count:
        return None
    once = np.ones((1, weights.shape[1]))
    (value,) = after.values(once) - before.values(once)
    return _interval(value, after.values(weights[:count]) - before.values(weights[:count]))


def _interval(value: float, drawn: np.ndarray) -> Interval | None:
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(drawn):
        return None
    low, high = np.percentile(drawn, _MIDDLE)
    return Interval(float(value), float(low), float(high), len(drawn))


def sums_by(groups: Sequence[int], values: Sequence[float], size: int) -> np.ndarray:
    """(size,) the sum of the values of each group."""
    return np.bincount(np.asarray(groups, int), np.asarray(values, float), minlength=size)

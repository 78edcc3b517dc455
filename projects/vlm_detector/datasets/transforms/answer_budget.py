"""Answers that fit a number of tokens: whole objects are left out, never a piece of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def longest_fitting_answer(
    areas: Sequence[float], write: Callable[[np.ndarray], str], fits: Callable[[str], bool]
) -> tuple[str, np.ndarray]:
    """The answer with the most objects that fits; the smallest objects go first.

    Args:
        areas: of the objects.
        write: the answer about the objects at these indexes (ascending).
        fits: whether an answer is short enough.

    Returns:
        the answer and the indexes of its objects. Nothing is left out if all fit. The answer
        about no object is returned even if it does not fit.
    """
    everything = np.arange(len(areas))
    answer = write(everything)
    if fits(answer):
        return answer, everything
    by_size = np.argsort(-np.asarray(areas), kind='stable')
    low, high = 0, len(areas) - 1  # most objects that are known to fit; most that may fit
    best = (write(everything[:0]), everything[:0])
    while low < high:
        middle = (low + high + 1) // 2
        kept = np.sort(by_size[:middle])
        answer = write(kept)
        if fits(answer):
            low, best = middle, (answer, kept)
        else:
            high = middle - 1
    return best

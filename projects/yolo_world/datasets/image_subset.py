"""Some of a data set's images, chosen by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vl_runtime.converters.split import take_names


@dataclass(frozen=True)
class ImageSubset:
    """``num`` of the images that filtering leaves, by ``seed``, whatever their order.

    Without filtering the same images as ``tools/prepare_data/subset.py --train NUM --seed
    SEED`` takes, without a file that has to be written. (``indices`` of the inner data set
    takes the first ones, which in a file sorted by class are those of few classes.)
    """

    num: int
    seed: int = 42

    def indices(self, paths: Sequence[str]) -> list[int]:
        """Positions of the chosen ``paths``, ascending; entries of one path stay together.

        Raises:
            InputValueError: fewer images than ``num``, or ``num`` is below 1.
        """
        chosen = set(take_names(set(paths), {'subset': self.num}, self.seed)['subset'])
        return [index for index, path in enumerate(paths) if path in chosen]

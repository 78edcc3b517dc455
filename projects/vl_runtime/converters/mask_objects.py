"""Objects of a mask picture: its connected parts, as boxes with their pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vl_runtime.errors import InputValueError, did_you_mean

COMPONENTS = ('largest', 'all', 'union')
CONNECTIVITIES = (4, 8)


@dataclass(frozen=True)
class MaskObjects:
    """Turns grey values into objects.

    Attributes:
        threshold: a pixel belongs to an object when its value is above. 127 splits soft
            maps in the middle and ignores the noise that JPEG leaves around an outline.
        component: ``largest`` part, ``all`` parts one by one, or their ``union`` as one object.
        connectivity: 4 or 8 neighbours make pixels one part.
        min_area: pixels; smaller parts don't count.

    Raises:
        InputValueError: an unknown choice, or a number out of range.
    """

    threshold: int = 127
    component: str = 'largest'
    connectivity: int = 4
    min_area: int = 1

    def __post_init__(self) -> None:
        if self.component not in COMPONENTS:
            raise InputValueError(
                f'component: expected one of {", ".join(COMPONENTS)}, found {self.component!r}.'
                f'{did_you_mean(str(self.component), COMPONENTS)}'
            )
        if self.connectivity not in CONNECTIVITIES:
            raise InputValueError(f'connectivity: expected 4 or 8, found {self.connectivity!r}.')
        if not 0 <= self.threshold <= 254:
            raise InputValueError(
                f'threshold: expected 0 to 254 (a pixel counts above it), found {self.threshold}.'
            )
        if self.min_area < 1:
            raise InputValueError(f'min_area: expected at least 1 pixel, found {self.min_area}.')

    def find(self, grey: np.ndarray) -> Iterator[tuple[tuple[int, int, int, int], np.ndarray]]:
        """(box x1 y1 x2 y2, mask (H, W) of bool) of each object of ``grey`` (H, W), uint8.

        Boxes are edges in pixels: x2 and y2 are one more than the last pixel. Parts come in
        the order of their first pixel, row by row; of equally large ones the first counts.
        """
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            (grey > self.threshold).astype(np.uint8), connectivity=self.connectivity
        )
        areas = stats[:, cv2.CC_STAT_AREA]
        parts = [part for part in range(1, len(stats)) if areas[part] >= self.min_area]
        if not parts:
            return
        if self.component == 'union':
            yield _boxed(np.isin(labels, parts))
            return
        if self.component == 'largest':
            parts = [max(parts, key=lambda part: areas[part])]
        for part in parts:
            yield _boxed(labels == part)


def _boxed(mask: np.ndarray) -> tuple[tuple[int, int, int, int], np.ndarray]:
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return tuple(int(value) for value in box), mask

"""Regions that stand out, without any model: the spectral residual of a picture.

The amplitude spectrum of natural pictures is smooth; what is left after subtracting its local
mean, transformed back with the old phase, is large where a picture is unlike its surroundings
(Hou and Zhang, CVPR 2007). Its map marks corners and edges of an object rather than the
object, so regions near one another are joined here before they become boxes.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from composed_retrieval.boxes.box_file import PictureBoxes
from composed_retrieval.boxes.box_selection import BoxSelection

_SPECTRUM_SIDE = 64
_MAP_SIDE = 256
# Times the mean of the map. At 3 only the corners of an even rectangle stay (best IoU 0.06 over
# 18 drawn scenes), at 2 its sides stay too (0.47).
_THRESHOLD = 2.0
_JOINED_WITHIN = 0.05  # of the side


def saliency_map(image: np.ndarray) -> np.ndarray:
    """(256, 256) float64, 0..1, of an image (H, W, 3) uint8; all 0 for one without contrast."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    side = (_SPECTRUM_SIDE, _SPECTRUM_SIDE)
    small = cv2.resize(grey, side, interpolation=cv2.INTER_AREA).astype(np.float64)
    spectrum = np.fft.fft2(small)
    logarithm = np.log(np.abs(spectrum) + 1)
    residual = logarithm - cv2.blur(logarithm, (3, 3))
    phase = np.exp(1j * np.angle(spectrum))
    magnitude = np.abs(np.fft.ifft2(np.exp(residual) * phase))
    smooth = cv2.GaussianBlur(magnitude, (5, 5), 8) ** 2
    if np.ptp(small) == 0 or smooth.max() == 0:
        return np.zeros((_MAP_SIDE, _MAP_SIDE))
    return cv2.resize(smooth / smooth.max(), (_MAP_SIDE, _MAP_SIDE))


def salient_regions(saliency: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, 4) boxes in fractions and (n,) scores (mean of the map above the threshold)."""
    marked = (saliency > _THRESHOLD * saliency.mean()).astype(np.uint8)
    marked = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, _, rows, _ = cv2.connectedComponentsWithStats(marked)
    found = rows[1:, :4].astype(np.float64) / _MAP_SIDE  # row 0 is the ground
    boxes = _joined(np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], axis=1))
    scores = []
    for x1, y1, x2, y2 in (boxes * _MAP_SIDE).round().astype(int):
        inside = marked[y1:y2, x1:x2] > 0
        scores.append(saliency[y1:y2, x1:x2][inside].mean())
    return boxes, np.array(scores)


def _joined(boxes: np.ndarray) -> np.ndarray:
    """Boxes with no two nearer than ``_JOINED_WITHIN``: near ones become the box around them."""
    boxes = list(boxes)
    index = 0
    while index < len(boxes):
        near = [
            other
            for other in range(len(boxes))
            if other != index and _gap(boxes[index], boxes[other]) <= _JOINED_WITHIN
        ]
        if not near:
            index += 1
            continue
        group = np.array([boxes[index], *(boxes[other] for other in near)])
        around = np.concatenate([group[:, :2].min(axis=0), group[:, 2:].max(axis=0)])
        boxes = [box for at, box in enumerate(boxes) if at != index and at not in near]
        boxes.append(around)
        index = 0
    return np.array(boxes).reshape(-1, 4)


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    """The larger of the distances in x and y; 0 or less where they overlap."""
    return float(np.maximum(a[:2] - b[2:], b[:2] - a[2:]).max())


class SaliencyBoxes:
    """Boxes of what stands out; labels are ``salient``.

    Args:
        selection: which are kept.
    """

    def __init__(self, selection: BoxSelection) -> None:
        self.selection = selection

    def require_usable(self, name: str, image: np.ndarray) -> None:
        """Every picture is."""

    def find(
        self, images: Sequence[np.ndarray], texts: Sequence[str] | None = None
    ) -> list[PictureBoxes]:
        """The boxes of each image (H, W, 3) uint8 BGR; texts change nothing."""
        return [self._of(image) for image in images]

    def _of(self, image: np.ndarray) -> PictureBoxes:
        boxes, scores = salient_regions(saliency_map(image))
        return self.selection.select(boxes, scores, ['salient'] * len(boxes))

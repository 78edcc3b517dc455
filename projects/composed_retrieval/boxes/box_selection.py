"""Which of the boxes that were found in a picture are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from composed_retrieval.boxes.box_file import PictureBoxes
from composed_retrieval.boxes.fraction_boxes import box_areas
from vl_runtime.boxes import box_iou
from vl_runtime.errors import InputValueError

SORT_KEYS = ('area', 'score')


@dataclass(frozen=True)
class BoxSelection:
    """Rules for the boxes of one picture.

    Attributes:
        score_threshold: least score, 0..1.
        nms_iou: of two boxes that overlap more, whatever their labels, the better one stays.
        min_area: least share of the picture's area; a smaller box is left out.
        max_boxes: at most this many, the first ones in the order below.
        sort_by: ``area`` (largest first, as published files are) or ``score``.

    Raises:
        InputValueError: a value that can't be used.
    """

    score_threshold: float = 0.3
    nms_iou: float = 0.7
    min_area: float = 0.01
    max_boxes: int = 5
    sort_by: str = 'area'

    def __post_init__(self) -> None:
        for name in ('score_threshold', 'nms_iou', 'min_area'):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputValueError(f'{name}: expected a value from 0 to 1, found {value}.')
        if self.max_boxes < 1:
            raise InputValueError(f'max_boxes: expected at least 1, found {self.max_boxes}.')
        if self.sort_by not in SORT_KEYS:
            raise InputValueError(
                f'sort_by: expected {" or ".join(SORT_KEYS)}, found {self.sort_by!r}.'
            )

    def select(
        self, fraction_boxes: np.ndarray, scores: np.ndarray, labels: list[str]
    ) -> PictureBoxes:
        """The boxes to keep, of n boxes in fractions of the picture (clipped to it)."""
        boxes = np.asarray(fraction_boxes, dtype=np.float64).reshape(-1, 4).clip(0, 1)
        ordered = (boxes[:, 2:] - boxes[:, :2] > 1e-5).all(axis=1)  # six digits are written
        large = ordered & (box_areas(boxes) >= self.min_area) & (scores >= self.score_threshold)
        kept: list[int] = []
        overlaps = box_iou(boxes, boxes)
        for index in np.argsort(-scores, kind='stable').tolist():
            if large[index] and all(overlaps[index, other] <= self.nms_iou for other in kept):
                kept.append(index)
        if self.sort_by == 'area':
            kept.sort(key=lambda index: -box_areas(boxes[index : index + 1])[0])
        kept = kept[: self.max_boxes]
        return PictureBoxes(
            boxes[kept],
            tuple(round(float(scores[index]), 4) for index in kept),
            tuple(labels[index] for index in kept),
        )

"""The rules that turn what an answer says into valid boxes, each of them counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vlm_detector.codecs.box_candidate import BoxCandidate, ReadAnswer
from vlm_detector.codecs.label_matching import LabelMatcher
from vlm_detector.codecs.parsed_boxes import COUNTERS, BoxSpan, ParsedBoxes

ToPixels = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class BoxPolicy:
    """Swap, clip, name and limit the boxes of one answer.

    In this order: not four finite numbers: dropped. Reversed corners: swapped. Nothing
    inside the image: dropped; partly inside: clipped. No area: dropped. Label that is no
    class: dropped, or kept as ``other``. No label: the only class, else dropped. Same
    box and label again: dropped (a model that loops repeats them). Behind ``max_boxes``:
    dropped. What the numbers mean is never guessed from their size.

    Attributes:
        limits_wh: largest x and y, in the numbers of the answer; the smallest is 0.
        to_pixels: (n, 4) numbers of the answer -> (n, 4) xyxy pixels inside the image.
        matcher: of the classes.
        num_classes: how many there are.
        other: index of the class for labels that are no class, or None.
        max_boxes: or None for all.
    """

    limits_wh: tuple[float, float]
    to_pixels: ToPixels
    matcher: LabelMatcher
    num_classes: int
    other: int | None = None
    max_boxes: int | None = None

    def apply(self, answer: ReadAnswer, *, truncated: bool) -> ParsedBoxes:
        """The valid boxes of ``answer`` with their status and counters."""
        counts: Counter[str] = Counter()
        kept: dict[tuple, tuple[BoxCandidate, tuple[int, ...]]] = {}
        for candidate in answer.candidates:
            named = self._named_box(candidate, counts)
            if named is None:
                continue
            if named[0] in kept:
                counts['duplicate'] += 1
            elif self.max_boxes is not None and len(kept) >= self.max_boxes:
                counts['over_limit'] += 1
            else:
                kept[named[0]] = candidate, named[1]
                counts['polygon'] += candidate.polygon
        boxes, labels, spans = self._arrays(kept)
        solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        counts['collapsed'] += int((~solid).sum())
        return ParsedBoxes(
            boxes_xyxy=boxes[solid],
            labels=labels[solid],
            spans=tuple(span for span, valid in zip(spans, solid) if valid),
            status=_status(answer),
            truncated=truncated,
            counters={name: counts[name] for name in COUNTERS},
        )

    def _named_box(
        self, candidate: BoxCandidate, counts: Counter[str]
    ) -> tuple[tuple, tuple[int, ...]] | None:
        """((x1, y1, x2, y2, label), which number is which corner), or None if dropped."""
        problem = _problem(candidate)
        if problem is not None:
            counts[problem] += 1
            return None
        x1, y1, x2, y2 = candidate.values
        order = (0, 1, 2, 3)
        if x1 > x2 or y1 > y2:
            counts['swapped'] += 1
            order = tuple(_ordered(candidate.values))
            x1, y1, x2, y2 = (candidate.values[k] for k in order)
        width, height = self.limits_wh
        if x1 > width or y1 > height or x2 < 0 or y2 < 0:
            counts['outside'] += 1
            return None
        box = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
        if box[2] <= box[0] or box[3] <= box[1]:
            counts['collapsed' if box == (x1, y1, x2, y2) else 'outside'] += 1
            return None
        label = self._label(candidate, counts)
        if label is None:
            return None
        counts['clipped'] += box != (x1, y1, x2, y2)
        return (*box, label), order

    def _label(self, candidate: BoxCandidate, counts: Counter[str]) -> int | None:
        only = 0 if self.num_classes == 1 else None
        index, exact = None, False
        if candidate.label is not None:
            index, exact = self.matcher.find(candidate.label)
        if index is not None:
            counts['mapped_label'] += not exact
            return index
        if only is not None and (candidate.label is None or candidate.label_is_guess):
            return only
        if self.other is not None:
            counts['other_label'] += 1
            return self.other
        counts['unknown_label'] += 1
        return None

    def _arrays(self, kept: dict) -> tuple[np.ndarray, np.ndarray, list[BoxSpan]]:
        rows = np.array([key[:4] for key in kept], np.float64).reshape(-1, 4)
        labels = np.array([key[4] for key in kept], np.int64)
        spans = [
            BoxSpan(candidate.label_span, tuple(candidate.spans[k] for k in order))
            for candidate, order in kept.values()
        ]
        return self.to_pixels(rows), labels, spans


def _ordered(values: Sequence[float]) -> list[int]:
    """Indices of x1 y1 x2 y2 with each axis in ascending order."""
    horizontal = (0, 2) if values[0] <= values[2] else (2, 0)
    vertical = (1, 3) if values[1] <= values[3] else (3, 1)
    return [horizontal[0], vertical[0], horizontal[1], vertical[1]]


def _problem(candidate: BoxCandidate) -> str | None:
    if candidate.problem is None and not all(map(math.isfinite, candidate.values)):
        return 'not_a_number'
    return candidate.problem


def _status(answer: ReadAnswer) -> str:
    if any(_problem(candidate) is None for candidate in answer.candidates):
        return 'ok' if answer.strict else 'recovered'
    if answer.explicit_empty and not answer.candidates:
        return 'empty_ok'
    return 'fail'

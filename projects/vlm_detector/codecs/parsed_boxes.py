"""What an answer says: boxes in image pixels, where they stand in the text, how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STATUSES = ('ok', 'recovered', 'fail', 'empty_ok')

# Every counter is there in every answer, so that sums over a data set need no defaults.
COUNTERS = (
    'wrong_arity',  # dropped: not four numbers, or a label without numbers
    'not_a_number',  # dropped: a coordinate is a word, NaN or infinite
    'incomplete',  # dropped: the text ends inside this object
    'swapped',  # kept: corners were reversed
    'clipped',  # kept: reached over the largest coordinate
    'outside',  # dropped: no overlap with the image
    'collapsed',  # dropped: no area
    'duplicate',  # dropped: same box and label as an earlier one
    'unknown_label',  # dropped: the label is no class
    'mapped_label',  # kept: another spelling of a class
    'other_label',  # kept: no class, counted as the class for all others
    'polygon',  # kept: a polygon or quad, as its bounding box
    'over_limit',  # dropped: behind the allowed number of boxes
)


@dataclass(frozen=True)
class BoxSpan:
    """Where one kept box stands in the text, as character offsets [start, end).

    ``coordinates`` holds four spans in the order x1 y1 x2 y2 of the returned box, whatever
    order the text has. ``label`` is None when the text names no class for this box.
    """

    label: tuple[int, int] | None
    coordinates: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ParsedBoxes:
    """The boxes of one answer.

    Shapes:
        boxes_xyxy: (n, 4) float64 in pixels of the image, inside it, x2 > x1 and y2 > y1
        labels: (n,) int64, indices into the class names
        spans: n entries

    ``status``:
        ok: the whole text has the form that the codec writes;
        recovered: it hasn't, but boxes could be read;
        empty_ok: it says that there is no object;
        fail: nothing could be read.
    Values don't change the status: what was dropped or altered is in ``counters``, which
    has a number for each of ``COUNTERS``. ``truncated``: generation hit its limit.
    """

    boxes_xyxy: np.ndarray
    labels: np.ndarray
    spans: tuple[BoxSpan, ...]
    status: str
    truncated: bool
    counters: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))

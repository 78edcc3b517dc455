"""The answer text of a picture's objects, and what writing it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EncodedAnswer:
    """What ``BoxCodec.encode_objects`` returns.

    Attributes:
        text: the answer.
        indices: (n,) int64, which of the given boxes were written, in the written order.
        counters: ``outside`` (dropped: no overlap with the image), ``empty`` (dropped: no
            area), ``clipped`` (cut to the image), ``widened`` (kept one unit wide or high
            where both sides fell on the same coordinate).
    """

    text: str
    indices: np.ndarray
    counters: Mapping[str, int]

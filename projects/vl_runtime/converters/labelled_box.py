"""One object of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LabelledBox:
    """A named box inside its image.

    Args:
        name: of the class.
        box_xyxy: pixels; 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height.
        difficult: VOC's mark for objects that evaluation leaves out.
        mask_rle: the pixels of the object, as ``mask_rle.masks_to_rle`` writes them.
    """

    name: str
    box_xyxy: tuple[float, float, float, float]
    difficult: bool = False
    mask_rle: dict[str, Any] | None = None

"""One image with its boxes, whatever format they came from."""

from __future__ import annotations

from dataclasses import dataclass

from vl_runtime.converters.labelled_box import LabelledBox


@dataclass(frozen=True)
class LabelledImage:
    """An image of a data set.

    Args:
        file_name: below the folder of images, with forward slashes.
        width, height: pixels, as training sees the image.
        boxes: its objects; none is a picture that shows no class.
    """

    file_name: str
    width: int
    height: int
    boxes: tuple[LabelledBox, ...]

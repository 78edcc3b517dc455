"""Where a pixel, and so a box, of the original picture is after pad, resize and centre crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vl_runtime.boxes import clip_xyxy
from vl_runtime.errors import InputValueError


@dataclass(frozen=True)
class PadResizeCropGeometry:
    """Black bars on the long picture's short side, short side to ``size``, centre ``size`` square.

    Attributes:
        original_wh, padding_xy, padded_wh, resized_wh, crop_xy: pixels; ``padding_xy`` is what
            each side gets, ``crop_xy`` the left upper corner of the square.
        size: side of the square.
    """

    original_wh: tuple[int, int]
    padding_xy: tuple[int, int]
    padded_wh: tuple[int, int]
    resized_wh: tuple[int, int]
    crop_xy: tuple[int, int]
    size: int

    @classmethod
    def of(cls, size_wh: tuple[int, int], size: int = 224, target_ratio: float | None = 1.25):
        """The geometry of a picture.

        Args:
            size_wh: of the original picture, in pixels.
            size: side of the result.
            target_ratio: a picture with this ratio of sides, or a higher one, is padded down
                to it; 1 makes it square, None pads nothing.

        Raises:
            InputValueError: a size below 1 or a ratio below 1.
        """
        if min(*size_wh, size) < 1 or (target_ratio is not None and target_ratio < 1):
            raise InputValueError(
                f'pad, resize, crop: expected sizes of 1 and a ratio of 1 or more, found a picture '
                f'of {size_wh[0]} x {size_wh[1]}, size {size}, target_ratio {target_ratio}.'
            )
        padding = _padding(size_wh, target_ratio)
        width, height = (side + 2 * pad for side, pad in zip(size_wh, padding))
        if width < height:
            resized = (size, int(size * height / width))
        else:
            resized = (int(size * width / height), size)
        crop = tuple(round((side - size) / 2) for side in resized)
        return cls(tuple(size_wh), padding, (width, height), resized, crop, size)

    def image(self, image: np.ndarray) -> np.ndarray:
        """(size, size, 3) uint8 of an image (H, W, 3) uint8, bicubic with antialiasing."""
        (pad_x, pad_y), (left, top) = self.padding_xy, self.crop_xy
        padded = np.pad(image, ((pad_y, pad_y), (pad_x, pad_x), (0, 0)))
        resized = Image.fromarray(padded).resize(self.resized_wh, Image.Resampling.BICUBIC)
        return np.asarray(resized)[top : top + self.size, left : left + self.size]

    def unclipped_boxes(self, boxes_xyxy: np.ndarray) -> np.ndarray:
        """(n, 4) pixels of the result, of (n, 4) pixels of the original; floats, any range."""
        scale = np.divide(self.resized_wh, self.padded_wh)
        boxes = np.asarray(boxes_xyxy, dtype=np.float64).reshape(-1, 4)
        return (boxes + np.tile(self.padding_xy, 2)) * np.tile(scale, 2) - np.tile(self.crop_xy, 2)

    def boxes(
        self, boxes_xyxy: np.ndarray, min_visible: float = 0.25
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(boxes, keep, visible_fraction) of (n, 4) boxes in pixels of the original.

        Returns:
            (n, 4) clipped to the result; (n,) bool, at least a pixel wide and high there and
            at least ``min_visible`` of it visible; (n,) the visible part of the area, 0..1.
        """
        whole = self.unclipped_boxes(boxes_xyxy)
        clipped = clip_xyxy(whole, self.size, self.size)
        sides, whole_sides = (b[:, 2:] - b[:, :2] for b in (clipped, whole))
        visible = sides.prod(axis=1) / np.maximum(whole_sides.prod(axis=1), np.finfo(float).tiny)
        return clipped, (sides >= 1).all(axis=1) & (visible >= min_visible), visible


def _padding(size_wh: tuple[int, int], target_ratio: float | None) -> tuple[int, int]:
    """What each side of x and y gets."""
    if target_ratio is None or max(size_wh) / min(size_wh) < target_ratio:
        return 0, 0
    scaled = max(size_wh) / target_ratio
    width, height = (max(int((scaled - side) / 2), 0) for side in size_wh)
    return width, height

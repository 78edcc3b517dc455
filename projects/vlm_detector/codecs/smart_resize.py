"""The size that a Qwen image processor gives to an image."""

from __future__ import annotations

import math

from vl_runtime.errors import InputValueError

MAX_ASPECT_RATIO = 200


def smart_resize(
    size_wh: tuple[int, int], *, factor: int, min_pixels: int, max_pixels: int
) -> tuple[int, int]:
    """Both sides become multiples of ``factor``, the area lies within the limits.

    Width and height are rounded separately, so the aspect ratio changes a little and the
    two scales differ. A very elongated image may end outside the limits of the area,
    because no side gets shorter than ``factor`` when it is reduced.

    Args:
        size_wh: width and height in pixels, at least 1.
        factor: patch size times merge size: 28 for Qwen2 and Qwen2.5, 32 for Qwen3.
        min_pixels, max_pixels: limits of the area in pixels.

    Returns:
        Width and height of the resized image.

    Raises:
        InputValueError: an empty image, or one side more than 200 times the other.

    Source: rule of the Qwen2-VL image processor (transformers).
    """
    width, height = size_wh
    if min(width, height) < 1:
        raise InputValueError(f'image size {width} x {height}: expected at least 1 x 1 pixel.')
    if max(width, height) / min(width, height) > MAX_ASPECT_RATIO:
        raise InputValueError(
            f'image size {width} x {height}: expected an aspect ratio of at most '
            f'{MAX_ASPECT_RATIO}, found {max(width, height) / min(width, height):.1f}; this '
            'model family cannot resize such an image: crop it or cut it into tiles.'
        )
    # Python rounds halves to the even neighbour, as the processor does.
    new_width, new_height = (round(side / factor) * factor for side in (width, height))
    if new_width * new_height > max_pixels:
        shrink = math.sqrt(width * height / max_pixels)
        new_width, new_height = (
            max(factor, math.floor(side / shrink / factor) * factor) for side in (width, height)
        )
    elif new_width * new_height < min_pixels:
        grow = math.sqrt(min_pixels / (width * height))
        new_width, new_height = (
            math.ceil(side * grow / factor) * factor for side in (width, height)
        )
    return new_width, new_height

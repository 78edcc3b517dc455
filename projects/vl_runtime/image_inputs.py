"""What a user gives as images: paths, folders, arrays, or any mixture of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from vl_runtime.errors import InputValueError
from vl_runtime.image_files import list_images, read_image

Image = str | Path | np.ndarray
Images = Image | Iterable[Image]


def named_images(images: Images) -> Iterator[tuple[str, np.ndarray]]:
    """(path or '', BGR array) of everything in ``images``; files are read when their turn comes.

    Raises:
        InputFileNotFoundError, InputValueError: a file can't be used, or an array is not
            (H, W, 3), uint8.
    """
    if isinstance(images, np.ndarray):
        yield '', _checked_array(images)
    elif isinstance(images, str | Path):
        for path in list_images(images):
            yield str(path), read_image(path)
    else:
        for image in images:
            yield from named_images(image)


def _checked_array(image: np.ndarray) -> np.ndarray:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise InputValueError(
            f'images: expected an array (H, W, 3), uint8, BGR, found {image.shape} {image.dtype}.'
        )
    return image

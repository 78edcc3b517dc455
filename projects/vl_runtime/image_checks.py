"""Why an image can't be read: asked after a pipeline or a reader has failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing

# An image of a lower side ratio keeps a pixel in every input; 32 is the least input side.
LEAST_ELONGATED_RATIO = 32
# First bytes of the files that image decoders read; WebP has its name at byte 8.
_IMAGE_SIGNATURES = (
    b'\xff\xd8\xff',
    b'\x89PNG\r\n\x1a\n',
    b'BM',
    b'GIF8',
    b'II*\x00',
    b'MM\x00*',
    b'RIFF',
    b'P5',
    b'P6',
    b'\x00\x00\x00\x0cjP',
)


def explain_image_error(
    path: str | Path, decode: Callable[[str], Any] | None = None, where: str = ''
) -> None:
    """Raise the reason why an image can't be read; return when nothing is wrong with it.

    Args:
        path: the image file.
        decode: reads the file and returns None or raises when it can't; without it only
            presence, size and first bytes are looked at.
        where: put before the message, such as ``annotations.json, image index 3: ``.

    Raises:
        InputFileNotFoundError: the file or its folder is not there.
        InputValueError: zero bytes, not an image, or broken inside.
    """
    path = Path(path)
    if not path.is_file():
        raise InputFileNotFoundError(f'{where}{path}: {why_missing(path, "image")}')
    try:
        with path.open('rb') as file:
            head = file.read(16)
        size = path.stat().st_size
    except OSError as error:
        raise InputValueError(
            f'{where}{path}: the image cannot be opened ({error.strerror}).'
        ) from error
    if size == 0:
        raise InputValueError(f'{where}{path}: expected an image, found a file of zero bytes.')
    if not head.startswith(_IMAGE_SIGNATURES):
        raise InputValueError(
            f'{where}{path}: expected an image (JPEG, PNG, BMP, GIF, TIFF, WebP), found '
            f'{size} bytes that start with {head!r}.'
        )
    if decode is None:
        return
    try:
        readable = decode(str(path)) is not None
    except Exception as error:  # any decoder failure is the answer to the question asked here
        raise _broken_image(where, path, size) from error
    if not readable:
        raise _broken_image(where, path, size)


def _broken_image(where: str, path: Path, size: int) -> InputValueError:
    return InputValueError(
        f'{where}{path}: the file starts like an image but cannot be decoded ({size} bytes; '
        'is it cut off or damaged?).'
    )


def explain_elongated(shape_hw: Sequence[int], where: str) -> None:
    """Raise when an image that could not be resized is so elongated that this is the reason.

    Args:
        shape_hw: height and width in pixels.
        where: name of the image, put before the message.

    Raises:
        InputValueError: the long side has 32 times the pixels of the short one, or more.
    """
    height, width = shape_hw
    if max(height, width) >= LEAST_ELONGATED_RATIO * min(height, width):
        raise InputValueError(
            f'{where}: the image is {width} x {height} pixels; scaled to the input size its '
            'short side has no pixel left. Crop the image or leave it out.'
        )

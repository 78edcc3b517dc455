"""Find, read and write pictures and videos; a file that can't be used is named with the reason.

An image is an array (H, W, 3), uint8, BGR. Reading is what training does
(mmcv's ``LoadImageFromFile``, cv2 back end): a grey image gets three equal
channels, alpha is dropped, 16-bit values are scaled to 8, and the orientation
tag of a photograph is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vl_runtime.atomic_files import write_bytes
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_checks import explain_image_error

IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.tif', '.tiff', '.webp')
VIDEO_SUFFIXES = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm')
_ORIENTATION_TAG = 0x0112
_SIDEWAYS = (5, 6, 7, 8)  # values of the tag that swap width and height


def natural_key(name: str | Path) -> list[tuple[int, int, str]]:
    """Sort key that puts ``frame2`` before ``frame10``; folders sort before their depth."""
    parts = re.split(r'(\d+)', Path(name).as_posix())
    return [(0, int(part), '') if part.isdecimal() else (1, 0, part) for part in parts if part]


def is_video(path: str | Path) -> bool:
    """Whether the name ends like a video's."""
    return Path(path).suffix.lower() in VIDEO_SUFFIXES


def list_images(
    inputs: str | Path | Iterable[str | Path], *, recursive: bool = False
) -> list[Path]:
    """Image files of ``inputs`` in the order given; those of a folder in natural order.

    A file is taken whatever its suffix (its content decides when it is read); from a
    folder every file with one of ``IMAGE_SUFFIXES`` is taken. Hidden files are not.

    Raises:
        InputFileNotFoundError: an input does not exist.
        InputValueError: a folder holds no image.
    """
    if isinstance(inputs, str | Path):
        inputs = [inputs]
    found: list[Path] = []
    for path in map(Path, inputs):
        found.extend(_images_of_folder(path, recursive) if path.is_dir() else [_existing(path)])
    return found


def _images_of_folder(folder: Path, recursive: bool) -> list[Path]:
    files = [
        path
        for path in (folder.rglob('*') if recursive else folder.iterdir())
        if path.is_file()
        and not any(part.startswith('.') for part in path.relative_to(folder).parts)
    ]
    images = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
    if not images:
        hint = '' if recursive else ' (sub-folders are not searched: give them instead)'
        raise InputValueError(
            f'{folder}: expected at least one image ({" ".join(IMAGE_SUFFIXES)}), found '
            f'{len(files)} files and none of them is one{hint}.'
        )
    return sorted(images, key=lambda path: natural_key(path.relative_to(folder)))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputFileNotFoundError(f'{path}: there is no such file or folder.')
    return path


def read_image(path: str | Path) -> np.ndarray:
    """The image at ``path`` as training sees it: (H, W, 3), uint8, BGR.

    Raises:
        InputFileNotFoundError: the file does not exist.
        InputValueError: it can't be opened, is empty, not an image, or broken.
    """
    path = Path(path)
    try:
        image = _decode(path)
    except OSError:
        image = None
    if image is None:
        explain_image_error(path, _decode)
        raise InputValueError(f'{path}: could not be read; was it changed just now?')
    return image


def _decode(path: str | Path) -> np.ndarray | None:
    data = np.frombuffer(Path(path).read_bytes(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None


def image_size(path: str | Path) -> tuple[int, int]:
    """(width, height) in pixels as training sees the image, from the file's header only.

    Raises: as ``read_image``; damage behind the header is not noticed.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            sideways = image.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
    except (OSError, Image.DecompressionBombError):
        height, width = read_image(path).shape[:2]  # or the reason why not
        return width, height
    return (height, width) if sideways else (width, height)


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write a BGR image atomically; the suffix decides the format (JPEG quality 95).

    Raises:
        InputValueError: cv2 can't write this suffix.
        InputPermissionError: the folder can't be written.
    """
    suffix = Path(path).suffix.lower()
    if not suffix or not cv2.haveImageWriter(f'picture{suffix}'):
        raise InputValueError(f'{path}: pictures can be written as .jpg or .png, not {suffix!r}.')
    options = [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix in ('.jpg', '.jpeg') else []
    _, data = cv2.imencode(suffix, image, options)
    write_bytes(path, data.tobytes())


def open_video(path: str | Path) -> cv2.VideoCapture:
    """An opened video; the caller releases it.

    Raises:
        InputFileNotFoundError: the file does not exist.
        InputValueError: it is not a video that cv2 can read.
    """
    capture = cv2.VideoCapture(str(_existing(Path(path))))
    if not capture.isOpened() or capture.get(cv2.CAP_PROP_FRAME_WIDTH) < 1:
        capture.release()
        raise InputValueError(
            f'{path}: expected a video, found a file that cannot be read as one; convert it to '
            'MP4 (H.264), for example with ffmpeg.'
        )
    return capture


def video_frames(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    """Frames (H, W, 3), uint8, BGR, until the video ends."""
    while True:
        more, frame = capture.read()
        if not more:
            return
        yield frame

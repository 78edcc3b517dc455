"""Image files: there, readable to the last byte, of the stated size, each content once."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from vl_runtime.data_report.annotation_set import AnnotationSet
from vl_runtime.data_report.finding import ERROR, WARNING, Finding
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_checks import explain_image_error

IMAGE_MODES = ('read', 'exist', 'skip')
_ORIENTATION_TAG = 0x0112
_SIDEWAYS = (5, 6, 7, 8)  # values of the tag that swap width and height
_Progress = Callable[..., Iterable]


def unwatched(items: Iterable, **_: Any) -> Iterable:
    """The progress bar of callers that want none."""
    return items


@dataclass(frozen=True)
class ImageFacts:
    """What reading one file gave: its size as training loads it, and a digest of its bytes.

    ``missing`` and ``broken`` say why there is no size; '' when nothing is wrong.
    """

    size_wh: tuple[int, int] | None = None
    digest: bytes | None = None
    missing: str = ''
    broken: str = ''


def read_facts(path: Path) -> ImageFacts:
    """Read and decode a file completely."""
    try:
        data = path.read_bytes()
    except OSError:
        data = b''
    if not data:
        return _unreadable(path, None)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', Image.DecompressionBombWarning)
            with Image.open(BytesIO(data)) as image:
                width, height = image.size
                sideways = image.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return _second_opinion(path, data, digest, error)
    return ImageFacts((height, width) if sideways else (width, height), digest)


def _second_opinion(path: Path, data: bytes, digest: bytes, error: Exception) -> ImageFacts:
    """OpenCV, which training uses, reads formats that PIL refuses.

    What PIL starts and can't finish is damaged, also where OpenCV fills it up with grey.
    """
    refused = isinstance(error, UnidentifiedImageError | Image.DecompressionBombError)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if refused else None
    if decoded is None:
        return _unreadable(path, digest)
    return ImageFacts((decoded.shape[1], decoded.shape[0]), digest)


def _unreadable(path: Path, digest: bytes | None) -> ImageFacts:
    try:
        explain_image_error(path, lambda _: None)
    except InputFileNotFoundError as error:
        return ImageFacts(missing=str(error))
    except InputValueError as error:
        return ImageFacts(digest=digest, broken=str(error))
    return ImageFacts(digest=digest, broken=f'{path}: cannot be decoded.')


def _existence(path: Path) -> ImageFacts:
    return ImageFacts() if path.is_file() else _unreadable(path, None)


def check_image_files(
    data: AnnotationSet, mode: str, progress: _Progress, known: dict[str, ImageFacts]
) -> list[Finding]:
    """Look at every image of ``data``, several at a time.

    Args:
        mode: ``'read'`` decodes every file, ``'exist'`` only asks whether it is there.
        progress: wraps the iteration, as ``tqdm`` does (``total`` and ``desc`` are given).
        known: facts by path; paths that are in it are not read again, new ones are added.
    """
    paths = {str(data.image_path(image)): image for image in data.images}
    todo = [path for path in paths if path not in known]
    look = read_facts if mode == 'read' else _existence
    with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) + 2)) as pool:
        results = pool.map(look, map(Path, todo))
        for path, facts in zip(
            todo, progress(results, total=len(todo), desc=data.name), strict=True
        ):
            known[path] = facts
    return _findings(data, paths, {path: known[path] for path in paths})


def _findings(
    data: AnnotationSet, paths: dict[str, dict], facts: dict[str, ImageFacts]
) -> list[Finding]:
    sizes = []
    for path, image in paths.items():
        found = facts[path].size_wh
        if found is not None and found != (int(image['width']), int(image['height'])):
            sizes.append(
                f'{path} is {found[0]} x {found[1]} pixels, the file states '
                f'{image["width"]} x {image["height"]}'
            )
    rows = (
        (ERROR, [f.missing for f in facts.values() if f.missing], 'image that is not there'),
        (ERROR, [f.broken for f in facts.values() if f.broken], 'image that cannot be read'),
        (ERROR, sizes, 'image of another size than stated (boxes are in the wrong place)'),
        (WARNING, _same_content(facts), 'image with the content of another one'),
    )
    return [
        Finding.of(data, level, 'images', message=message, offenders=offenders)
        for level, offenders, message in rows
        if offenders
    ]


def _same_content(facts: dict[str, ImageFacts]) -> list[str]:
    first: dict[Any, str] = {}
    same = []
    for path, fact in facts.items():
        if fact.digest is None:
            continue
        other = first.setdefault(fact.digest, path)
        if other != path:
            same.append(f'{path} has the bytes of {other}')
    return same

"""Pictures with the boxes of a box file, as they are or as a model gets them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from composed_retrieval.boxes.box_file import PictureBoxes, read_box_file
from composed_retrieval.boxes.pad_resize_crop_geometry import PadResizeCropGeometry
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.image_files import list_images, read_image
from vl_runtime.visualization import draw_boxes


def box_pictures(
    path: str | Path,
    folder: str | Path,
    num: int = 16,
    *,
    seed: int = 0,
    size: int | None = None,
    target_ratio: float | None = 1.25,
    min_visible: float = 0.25,
) -> Iterator[tuple[np.ndarray, str]]:
    """Yield (picture, caption) of ``num`` images of a box file, chosen by ``seed``.

    Args:
        folder: has the images anywhere below it, named as in the file, with any suffix.
        size, target_ratio, min_visible: draw after pad, resize and crop (see
            ``PadResizeCropGeometry``); without a size the originals.

    Raises:
        InputFileNotFoundError: an image is not there.
        InputValueError: the file can't be used, has boxes of pairs only, or ``num`` is below 1.
    """
    if num < 1:
        raise InputValueError(f'num: expected at least 1, found {num}.')
    images = read_box_file(path).images
    if not images:
        raise InputValueError(
            f'{path}: expected boxes of images, found none; boxes of pairs are shown with the '
            'recipe whose box_file this is.'
        )
    paths = {file.stem: file for file in list_images(folder, recursive=True)}
    for name in random.Random(seed).sample(list(images), min(num, len(images))):
        if name not in paths:
            raise InputFileNotFoundError(
                f'{path}: there is no image {name!r} among the {len(paths)} below {folder}.'
            )
        yield _picture(read_image(paths[name]), name, images[name], size, target_ratio, min_visible)


def _picture(
    image: np.ndarray,
    name: str,
    found: PictureBoxes,
    size: int | None,
    target_ratio: float | None,
    min_visible: float,
) -> tuple[np.ndarray, str]:
    height, width = image.shape[:2]
    boxes = found.boxes * (width, height, width, height)
    keep = np.ones(len(boxes), dtype=bool)
    if size is not None:
        geometry = PadResizeCropGeometry.of((width, height), size, target_ratio)
        boxes, keep, _ = geometry.boxes(boxes, min_visible)
        image = geometry.image(image)
    labels = found.labels or tuple(str(number) for number in range(len(boxes)))
    scores = [found.scores[index] for index in np.flatnonzero(keep)] if found.scores else None
    names = [labels[index] for index in np.flatnonzero(keep)]
    left_out = f', {int((~keep).sum())} left out' if not keep.all() else ''
    caption = f'{name}: {int(keep.sum())} boxes{left_out}'
    return draw_boxes(image, boxes[keep], names, scores=scores), caption

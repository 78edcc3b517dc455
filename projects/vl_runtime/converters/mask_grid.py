"""Pictures with their boxes and masks, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from vl_runtime.converters.labelled_image import LabelledImage
from vl_runtime.image_files import read_image, write_image
from vl_runtime.mask_rle import rle_to_masks
from vl_runtime.visualization import draw_boxes, image_grid

_NUMBER = 9
_CELL = 400  # pixels
_GREEN = 1  # label whose colour is green, that of ground truth in every picture


def write_mask_grid(path: Path, images: Sequence[LabelledImage], folder: Path) -> None:
    """Write nine of ``images``, evenly spread, with green boxes and outlined masks.

    Args:
        folder: of the pictures.
    """
    step = max(1, len(images) / _NUMBER)
    shown = [images[int(index * step)] for index in range(min(_NUMBER, len(images)))]
    pictures = [_picture(image, folder) for image in shown]
    captions = [
        f'{image.file_name}: {len(image.boxes) or "no"} object' + 's' * (len(image.boxes) > 1)
        for image in shown
    ]
    write_image(path, image_grid(pictures, captions, columns=3, cell_size=_CELL))


def _picture(image: LabelledImage, folder: Path) -> np.ndarray:
    picture = read_image(folder / image.file_name)
    masks = rle_to_masks([box.mask_rle for box in image.boxes], (image.width, image.height))
    boxes = np.array([box.box_xyxy for box in image.boxes]).reshape(-1, 4)
    factor = min(1.0, _CELL / max(picture.shape[:2]))  # labels are legible at the final size
    size = tuple(max(1, round(side * factor)) for side in (image.width, image.height))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    masks = np.array(
        [cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) for mask in masks]
    ).reshape(-1, size[1], size[0])
    names = [box.name for box in image.boxes]
    return draw_boxes(
        picture, boxes * factor, names, labels=[_GREEN] * len(names), masks=masks.astype(bool)
    )

"""Read the pictures of an item, and put their boxes into pixels."""

from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from vl_runtime.boxes import clip_xyxy
from vl_runtime.errors import InputValueError
from vl_runtime.image_files import read_image

SIDES = ('reference', 'target', 'image')


def sides_of(results: dict) -> list[str]:
    """Which of reference, target and image (of a gallery) an item has."""
    return [side for side in SIDES if results.get(side) is not None]


@TRANSFORMS.register_module()
class LoadPictures(BaseTransform):
    """Read reference and target of a query, or the picture of a gallery.

    Each side needs ``img_path``, and may have ``fraction_boxes`` (n, 4) and ``region_xyxy``
    (pixels, drawn by an annotator). It gets ``img``, (H, W, 3) uint8 RGB; ``ori_wh``; and
    ``boxes_xyxy``, float64 pixels, the drawn region first.

    Raises:
        InputFileNotFoundError, InputValueError: a picture can't be read, or the drawn region
            lies outside it.
    """

    def transform(self, results: dict) -> dict:
        """A copy of the item with pixels."""
        return {**results, **{side: self._loaded(results[side]) for side in sides_of(results)}}

    def _loaded(self, picture: dict) -> dict:
        # PNGs with a palette or with alpha become RGB here, before anything is padded.
        image = read_image(picture['img_path'])[..., ::-1]
        height, width = image.shape[:2]
        return {
            **picture,
            'img': np.ascontiguousarray(image),
            'ori_wh': (width, height),
            'boxes_xyxy': pixel_boxes(picture, (width, height)),
        }


def pixel_boxes(picture: dict, size_wh: tuple[int, int]) -> np.ndarray:
    """(n, 4) float64 boxes of a picture in its pixels, the drawn region first.

    Raises:
        InputValueError: the drawn region lies outside.
    """
    width, height = size_wh
    fractions = np.asarray(picture.get('fraction_boxes', ())).reshape(-1, 4)
    boxes = fractions * (width, height, width, height)
    region = picture.get('region_xyxy')
    if region is None:
        return boxes
    drawn = clip_xyxy(np.array([region], dtype=np.float64), width, height)
    if (drawn[0, 2:] <= drawn[0, :2]).any():
        raise InputValueError(
            f'{picture["img_path"]}: expected the drawn region inside the picture of '
            f'{width} x {height} pixels, found {list(region)}.'
        )
    return np.concatenate([drawn, boxes])

"""Run a data pipeline so that a broken image or annotation is named, not guessed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import cv2
import mmcv
from mmengine.logging import print_log

from vl_runtime.data_checks import explain_image_error
from vl_runtime.errors import InputValueError, UserInputError

# A side ratio above this leaves less than one pixel of a 640 pixel wide input.
_LONGEST_SIDE_RATIO = 640


def run_pipeline(pipeline: Callable[[dict], Any], data_info: dict, where: str) -> Any:
    """``pipeline(data_info)``; when it fails because of the image, say so.

    Args:
        pipeline: composed transforms.
        data_info: one image with ``img_path``; it is changed by the transforms.
        where: data set and index, put before the message.

    Raises:
        UserInputError: the image is missing, empty, no image, damaged, or so elongated that
            resizing leaves no pixel. Any other failure of the pipeline is raised unchanged.
    """
    img_path = data_info.get('img_path')
    try:
        return pipeline(data_info)
    except UserInputError:
        raise
    except Exception as error:
        if img_path is None:
            raise
        try:
            explain_image_error(img_path, mmcv.imread, f'{where}: ')
            if isinstance(error, cv2.error):
                _explain_elongated(img_path, where)
        except UserInputError as reason:
            raise reason from error
        raise


def _explain_elongated(img_path: str, where: str) -> None:
    height, width = mmcv.imread(img_path).shape[:2]
    if max(height, width) >= _LONGEST_SIDE_RATIO * min(height, width):
        raise InputValueError(
            f'{where}: {img_path}: the image is {width} x {height} pixels; scaled to the input '
            'size its short side has no pixel left. Crop the image or leave it out.'
        )


class ImageSizeWatch:
    """Warn once when an image has not the size that the annotation file states.

    Boxes are in pixels of the stated size, so another size (often a rotation kept in the
    EXIF data) means that the boxes are not where they should be.

    Args:
        ann_file: name of the annotation file, for the message.
    """

    def __init__(self, ann_file: str) -> None:
        self.ann_file = ann_file
        self.warned = False

    def look(self, item: Any, stated_wh: tuple[Any, Any], img_path: str | None) -> None:
        """Compare the loaded size of a packed ``item`` with ``stated_wh``."""
        if self.warned or not isinstance(item, dict):
            return
        sample = item.get('data_samples')
        loaded_hw = getattr(sample, 'metainfo', {}).get('ori_shape')
        if loaded_hw is None or None in stated_wh:
            return
        height, width = loaded_hw[:2]
        if (width, height) == (int(stated_wh[0]), int(stated_wh[1])):
            return
        self.warned = True
        print_log(
            f'{self.ann_file}: image {img_path} is {width} x {height} pixels, the file states '
            f'{int(stated_wh[0])} x {int(stated_wh[1])}; boxes are taken as pixels of the image '
            'as it was loaded. Others may be like it; this is said once.',
            'current',
            logging.WARNING,
        )

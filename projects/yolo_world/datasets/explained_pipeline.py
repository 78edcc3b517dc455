"""Run a data pipeline so that a broken image or annotation is named, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import mmcv

from vl_runtime.errors import InputValueError, UserInputError
from vl_runtime.image_checks import explain_image_error

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

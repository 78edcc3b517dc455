"""Run a data pipeline so that a broken image or annotation is named, not guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import mmcv

from vl_runtime.errors import UserInputError
from vl_runtime.image_checks import explain_elongated, explain_image_error


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
            if isinstance(error, cv2.error) and 'resize' in str(error):
                explain_elongated(mmcv.imread(img_path).shape[:2], f'{where}: {img_path}')
        except UserInputError as reason:
            raise reason from error
        raise


def annotation_file_of(dataset: Any) -> str:
    """The annotation file of a data set, or of the one that it wraps, for messages."""
    while not hasattr(dataset, 'ann_file') and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return str(getattr(dataset, 'ann_file', 'data set'))

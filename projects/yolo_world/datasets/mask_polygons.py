"""Masks of annotations as the polygons that the training transforms take."""

from __future__ import annotations

import logging
from typing import Any

import cv2
import numpy as np
from mmengine.logging import print_log
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError

FEWEST_NUMBERS = 6  # three points


class MaskPolygons:
    """Turn run-length codes into polygons, and tell once if an object has no mask.

    mmyolo's ``LoadAnnotations`` reads polygons only, and leaves objects without a mask out.

    Args:
        source: the annotation file, for messages.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._told = False

    def prepare(self, data_info: dict[str, Any]) -> None:
        """Change the ``mask`` of the ``instances`` that training uses.

        Raises:
            InputValueError: a run-length code can't be read.
        """
        missing = 0
        instances = [item for item in data_info.get('instances', ()) if not item.get('ignore_flag')]
        for index, instance in enumerate(instances):
            if isinstance(instance.get('mask'), dict):
                where = f'{self.source}: {data_info.get("img_path")}, object {index}'
                instance['mask'] = polygons_of(instance['mask'], where)
            missing += not any(len(part) >= FEWEST_NUMBERS for part in instance.get('mask') or ())
        if missing and not self._told:
            self._told = True
            print_log(
                f'{self.source}: objects without a mask are left out of training; '
                f'{data_info.get("img_path")} has {missing} of {len(instances)}, others may '
                'have more. Annotate them, or train boxes only (with_mask=False).',
                logger='current',
                level=logging.WARNING,
            )


def polygons_of(code: dict[str, Any], where: str) -> list[list[float]]:
    """Outlines [x1, y1, x2, y2, ...] of the parts of a run-length code; holes are filled.

    Args:
        code: ``size`` [height, width] and ``counts`` (a list, text or bytes).
        where: put before the message.

    Raises:
        InputValueError: it is no such code.
    """
    size, counts = code.get('size'), code.get('counts')
    if not isinstance(size, list | tuple) or len(size) != 2 or not counts:
        raise InputValueError(
            f'{where}: expected "segmentation" as polygons, or with "size" [height, width] and '
            f'"counts", found {str(code)[:60]}.'
        )
    if isinstance(counts, list):
        if sum(counts) != size[0] * size[1]:
            raise InputValueError(
                f'{where}: expected "counts" of {size[0]} x {size[1]} pixels, found '
                f'{sum(counts)} pixels.'
            )
        code = coco_mask.frPyObjects(dict(code), *size)
    mask = coco_mask.decode(code)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [
        outline.reshape(-1).astype(np.float64).tolist()
        for outline in outlines
        if outline.size >= FEWEST_NUMBERS
    ]

"""Masks as COCO's run-length codes: a few bytes instead of a picture.

A code is ``{'size': [height, width], 'counts': bytes}``, as pycocotools makes and reads it; JSON
holds the counts as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError

RunLengthCode = dict[str, Any]


def encode_masks(masks: np.ndarray) -> list[RunLengthCode]:
    """Codes of n masks (n, H, W) of bool, or 0 and 1.

    Raises:
        InputValueError: the array has another number of axes.
    """
    masks = np.asarray(masks)
    if masks.ndim != 3:
        raise InputValueError(f'masks: expected shape (n, H, W), found {masks.shape}.')
    if not len(masks):
        return []
    columns_first = np.asfortranarray(masks.astype(np.uint8).transpose(1, 2, 0))
    return coco_mask.encode(columns_first)


def masks_to_rle(masks: np.ndarray) -> list[dict[str, Any]]:
    """``{'size': [H, W], 'counts': str}`` for each of n masks, for JSON; see ``encode_masks``.

    Any tool that reads COCO results (pycocotools, COCO annotation viewers) reads them.
    """
    return [
        {'size': [int(side) for side in rle['size']], 'counts': rle['counts'].decode('ascii')}
        for rle in encode_masks(masks)
    ]


def rle_to_masks(encoded: Sequence[dict[str, Any]], size_wh: tuple[int, int]) -> np.ndarray:
    """(n, H, W) bool of what ``masks_to_rle`` gave; ``size_wh`` is needed when n is 0."""
    masks = np.zeros((len(encoded), size_wh[1], size_wh[0]), dtype=bool)
    for index, rle in enumerate(encoded):
        if list(rle['size']) != [size_wh[1], size_wh[0]]:
            raise InputValueError(
                f'mask {index}: expected the size {[size_wh[1], size_wh[0]]} (height, width), '
                f'found {list(rle["size"])}.'
            )
        masks[index] = coco_mask.decode(dict(rle)).astype(bool)
    return masks


def mask_area(encoded: dict[str, Any]) -> int:
    """Number of pixels of one mask."""
    return int(coco_mask.area(dict(encoded)))

"""Masks as COCO's compressed run lengths: a few bytes in JSON instead of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError


def masks_to_rle(masks: np.ndarray) -> list[dict[str, Any]]:
    """``{'size': [H, W], 'counts': str}`` for each of n masks (n, H, W), bool.

    Any tool that reads COCO results (pycocotools, COCO annotation viewers) reads them.

    Raises:
        InputValueError: the array has another number of axes.
    """
    masks = np.asarray(masks)
    if masks.ndim != 3:
        raise InputValueError(f'masks: expected shape (n, H, W), found {masks.shape}.')
    columns = np.asfortranarray(masks.astype(np.uint8).transpose(1, 2, 0))  # what COCO's code takes
    encoded = coco_mask.encode(columns) if len(masks) else []
    return [
        {'size': [int(side) for side in rle['size']], 'counts': rle['counts'].decode('ascii')}
        for rle in encoded
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

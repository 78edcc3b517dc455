"""Tokens of a cache in the place of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.transforms import BaseTransform

from composed_retrieval.datasets.token_cache import TokenCache
from composed_retrieval.datasets.transforms.load_pictures import (
    LoadPictures,
    pixel_boxes,
    sides_of,
)
from composed_retrieval.datasets.transforms.pad_resize_crop import PadResizeCrop
from vl_runtime.errors import InputValueError


class CachedTokens(BaseTransform):
    """Does what ``LoadPictures`` and ``PadResizeCrop`` do, with tokens for ``img``.

    No picture is opened: boxes go through pad, resize and crop by the size that the cache
    knows. ``TokenCacheHook`` puts it into pipelines.

    Args:
        load, fit: the steps that it stands for.
        cache: has all pictures of the data set.
    """

    def __init__(self, load: LoadPictures, fit: PadResizeCrop, cache: TokenCache) -> None:
        self.load = load
        self.fit = fit
        self.cache = cache

    def transform(self, results: dict) -> dict:
        """A copy of the item with tokens and boxes."""
        return {**results, **{side: self._read(results[side]) for side in sides_of(results)}}

    def _read(self, picture: dict) -> dict:
        size = self.cache.size_wh(picture['name'])
        boxes = {'boxes_xyxy': pixel_boxes(picture, size)}
        return {
            **picture,
            'tokens': self.cache.tokens(picture['name']),
            'ori_wh': size,
            **self.fit.fitted_boxes(boxes, self.fit.geometry(size)),
        }


def without_cache(steps: Sequence[Any]) -> list[Any]:
    """The steps of a pipeline with those in it that a cache stands for."""
    spelt = [[step.load, step.fit] if isinstance(step, CachedTokens) else [step] for step in steps]
    return [step for group in spelt for step in group]


def picture_steps(steps: Sequence[Any], where: str) -> tuple[LoadPictures, PadResizeCrop]:
    """The two steps with which a pipeline must begin, so that its pixels can be cached.

    Raises:
        InputValueError: it begins otherwise.
    """
    if len(steps) < 2 or not (type(steps[0]) is LoadPictures and type(steps[1]) is PadResizeCrop):
        found = ', '.join(type(step).__name__ for step in steps[:2]) or 'nothing'
        raise InputValueError(
            f'{where}: a token cache needs a pipeline that begins with LoadPictures, '
            f'PadResizeCrop, found {found}; leave out TokenCacheHook, or what is random.'
        )
    return steps[0], steps[1]

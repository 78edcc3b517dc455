"""Batches of conversations of about the same length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.registry import DATA_SAMPLERS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.engine.epoch_order_sampler import EpochOrderSampler


@DATA_SAMPLERS.register_module()
class LengthGroupedSampler(EpochOrderSampler):
    """Put samples of similar length into one batch, so that little of it is padding.

    The length is estimated from the annotations, no image is opened: the picture's tokens
    (its area within ``min_pixels`` .. ``max_pixels``, divided by ``pixels_per_token``) and
    ``tokens_per_object`` for each object. A random order is cut into groups of
    ``batches_per_group`` batches, each group is sorted by length, and the batches are
    shuffled. The batch with the longest sample comes first: if memory is too small, it shows
    at once.

    Bias: a batch holds pictures of one size and number of objects, so consecutive steps
    differ more than with a plain shuffle; every sample still comes once an epoch, in a group
    of other samples each time. Fewer ``batches_per_group`` mean less of it and more padding.

    Args:
        dataset: of the loader; each entry of ``get_data_info`` has ``width`` and ``height``
            (pixels) and a list ``instances``.
        batch_size: of the loader, per process.
        seed: the run's by default.
        batches_per_group: 1 is a plain shuffle.
        pixels_per_token: of the model: 32 * 32 for Qwen3-VL, 28 * 28 for Qwen2.5-VL.
        min_pixels, max_pixels: of the image processor. None: no limit.
        tokens_per_object: of the answer: about 30 for JSON, 6 for location tokens.

    Raises:
        InputValueError: a number below 1. InputKeyError: an entry without its size.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        *,
        seed: int | None = None,
        batches_per_group: int = 50,
        pixels_per_token: int = 32 * 32,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        tokens_per_object: float = 30.0,
    ) -> None:
        for name, value in (
            ('batch_size', batch_size),
            ('batches_per_group', batches_per_group),
            ('pixels_per_token', pixels_per_token),
        ):
            if value < 1:
                raise InputValueError(
                    f'LengthGroupedSampler: expected {name} of 1 or more, found {value}.'
                )
        super().__init__(dataset, seed)
        self.batch_size = batch_size
        self.batches_per_group = batches_per_group
        sizes = _sizes(dataset)
        areas = np.clip(sizes[:, 0] * sizes[:, 1], min_pixels, max_pixels)
        self.lengths = areas / pixels_per_token + tokens_per_object * sizes[:, 2]

    def order(self, generator: np.random.Generator) -> np.ndarray:
        """One epoch: see the class."""
        shuffled = generator.permutation(len(self.lengths))
        batch = self.batch_size * self.world_size
        group = batch * self.batches_per_group
        batches: list[np.ndarray] = []
        for start in range(0, len(shuffled), group):
            part = shuffled[start : start + group]
            part = part[np.argsort(-self.lengths[part], kind='stable')]
            batches += [part[first : first + batch] for first in range(0, len(part), batch)]
        return np.concatenate(self._arranged(batches, generator)) if batches else shuffled

    def _arranged(
        self, batches: Sequence[np.ndarray], generator: np.random.Generator
    ) -> list[np.ndarray]:
        """Shuffled, the longest first; the one that is not full last."""
        full = len(self.lengths) // (self.batch_size * self.world_size)
        whole, rest = list(batches[:full]), list(batches[full:])
        if not whole:
            return rest
        longest = max(range(full), key=lambda i: self.lengths[whole[i]].max())
        first = whole.pop(longest)
        return [first, *(whole[i] for i in generator.permutation(len(whole))), *rest]


def _sizes(dataset: Any) -> np.ndarray:
    """(n, 3): width, height, number of objects of every entry."""
    sizes = np.zeros((len(dataset), 3))
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        if 'width' not in info or 'height' not in info:
            raise InputKeyError(
                f'LengthGroupedSampler: expected width and height for every image, found none at '
                f'index {index} ({info.get("img_path")}); use DefaultSampler for this data.'
            )
        sizes[index] = info['width'], info['height'], len(info.get('instances', ()))
    return sizes

"""FashionIQ's two captions in a random arrangement, for training."""

from __future__ import annotations

import random

from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from composed_retrieval.datasets.fashion_iq_dataset import joined_captions


@TRANSFORMS.register_module()
class RandomCaptionOrder(BaseTransform):
    """Replace ``caption`` by both captions, both reversed, the first, or the second alone.

    The four are equally likely. Needs ``captions`` (one or two texts), changes ``caption``.
    """

    def transform(self, results: dict) -> dict:
        """The item with another ``caption``."""
        captions = list(results['captions'])
        arrangements = [captions, captions[::-1], captions[:1], captions[-1:]]
        return {**results, 'caption': joined_captions(random.choice(arrangements))}

"""Boxes of equal size at random places: what a gain by boxes must be compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from composed_retrieval.boxes.box_file import BoxFile, PictureBoxes


def at_random_places(content: BoxFile, seed: int = 0) -> BoxFile:
    """Every box keeps width and height and gets another place inside its picture.

    Scores and labels are left out: they say nothing about these boxes.
    """
    generator = np.random.default_rng(seed)
    images = {name: _moved(one, generator) for name, one in content.images.items()}
    pairs = {
        pair: {side: _moved(one, generator) for side, one in sides.items()}
        for pair, sides in content.pairs.items()
    }
    return replace(content, images=images, pairs=pairs, metadata={'places': 'random', 'seed': seed})


def _moved(picture: PictureBoxes, generator: np.random.Generator) -> PictureBoxes:
    sizes = picture.boxes[:, 2:] - picture.boxes[:, :2]
    low = generator.uniform(0, 1, sizes.shape) * (1 - sizes)
    return PictureBoxes(np.concatenate([low, low + sizes], axis=1).clip(0, 1))

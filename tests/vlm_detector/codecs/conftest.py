"""Random boxes and the codecs with the sizes that they are used at."""

import numpy as np
import pytest

from vlm_detector.codecs import smart_resize

LIMITS = {'factor': 28, 'min_pixels': 56 * 56, 'max_pixels': 28 * 28 * 1280}


@pytest.fixture
def sizes():
    """Keyword arguments of encode and decode for an image size."""

    def make(size_wh):
        return {'image_size_wh': size_wh, 'model_size_wh': smart_resize(size_wh, **LIMITS)}

    return make


@pytest.fixture
def random_boxes():
    """Boxes (n, 4) inside an image; ``side`` fixes their width and height in pixels."""

    def make(number, size_wh, *, side=None, seed=0):
        generator = np.random.default_rng(seed)
        width, height = size_wh
        if side is not None:
            low = generator.uniform(0, 1, (number, 2)) * (width - side, height - side)
            return np.concatenate([low, low + side], 1)
        x = np.sort(generator.uniform(0, width, (number, 2)), 1)
        y = np.sort(generator.uniform(0, height, (number, 2)), 1)
        return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], 1)

    return make

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.codecs import smart_resize

QWEN2_5 = {'factor': 28, 'min_pixels': 56 * 56, 'max_pixels': 28 * 28 * 1280}
QWEN3_TOKENS = {'factor': 32, 'min_pixels': 256 * 32**2, 'max_pixels': 1280 * 32**2}
QWEN3_RELEASED = {'factor': 32, 'min_pixels': 65_536, 'max_pixels': 16_777_216}


@pytest.mark.parametrize(
    ('limits', 'size_hw', 'expected_hw'),
    [
        (QWEN2_5, (480, 640), (476, 644)),
        (QWEN2_5, (1080, 1920), (728, 1316)),
        (QWEN2_5, (4000, 3000), (1148, 840)),
        (QWEN2_5, (20, 500), (28, 504)),
        (QWEN2_5, (32, 32), (56, 56)),
        (QWEN2_5, (7, 300), (28, 392)),
        (QWEN3_TOKENS, (480, 640), (480, 640)),
        (QWEN3_TOKENS, (1080, 1920), (832, 1504)),
        (QWEN3_TOKENS, (20, 500), (128, 2560)),
        (QWEN3_TOKENS, (4000, 3000), (1312, 960)),
        (QWEN3_RELEASED, (1080, 1920), (1088, 1920)),
        (QWEN3_RELEASED, (4000, 3000), (4000, 3008)),
        (QWEN3_RELEASED, (32, 32), (256, 256)),
    ],
)
def test_sizes_are_those_of_the_released_processors(limits, size_hw, expected_hw):
    assert smart_resize(size_hw[::-1], **limits) == expected_hw[::-1]


def test_any_size_equals_the_function_of_the_library():
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize as reference

    generator = np.random.default_rng(0)
    for width, height in np.exp(generator.uniform(1, 8.5, (500, 2))).astype(int).tolist():
        if max(width, height) / min(width, height) <= 200:
            for limits in (QWEN2_5, QWEN3_TOKENS, QWEN3_RELEASED):
                assert smart_resize((width, height), **limits)[::-1] == reference(
                    height, width, **limits
                )


def test_an_elongated_image_is_refused_with_its_ratio():
    with pytest.raises(InputValueError, match=r'10 x 2010.*at most 200, found 201.0.*crop it'):
        smart_resize((10, 2010), **QWEN2_5)


def test_the_limit_ratio_is_accepted():
    assert smart_resize((10, 2000), **QWEN2_5)[0] == 28


def test_an_empty_image_is_refused():
    with pytest.raises(InputValueError, match='0 x 5: expected at least 1 x 1 pixel'):
        smart_resize((0, 5), **QWEN2_5)

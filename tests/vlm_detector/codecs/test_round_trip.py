import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.codecs import AnnotatedImage, check_round_trip, codec_of, upper_bound_boxes

NAMES = ('cat', 'dog')
QWEN3 = {'family_name': 'qwen3_vl', 'family_codec': 'qwen3'}


def images(random_boxes, size_wh=(640, 480), model_size_wh=(640, 480), side=None):
    return [
        AnnotatedImage(
            random_boxes(10, size_wh, side=side, seed=seed),
            np.arange(10) % 2,
            size_wh,
            model_size_wh,
        )
        for seed in range(5)
    ]


@pytest.mark.parametrize('name', ['qwen3', 'qwen2', 'norm_json'])
def test_a_fitting_codec_passes_with_its_mean_iou(name, random_boxes):
    result = check_round_trip(codec_of(name), images(random_boxes), NAMES, **QWEN3)

    assert 0.97 < result.mean_iou < 1
    assert (result.num_boxes, result.num_lost) == (50, 0)


def test_pixels_for_a_model_of_thousandths_are_stopped(random_boxes):
    with pytest.raises(
        InputValueError,
        match=r"codec 'qwen2_5' does not fit model family 'qwen3_vl'.*'qwen3'.*mean IoU 0\.\d\d "
        r"over 50 boxes, expected at least 0\.9.*set codec='qwen3'",
    ):
        check_round_trip(codec_of('qwen2_5'), images(random_boxes), NAMES, **QWEN3)


def test_a_wrong_pairing_is_stopped_even_where_the_numbers_nearly_agree(random_boxes):
    nearly = images(random_boxes, (1008, 1008), (1008, 1008))

    with pytest.raises(InputValueError, match=r'does not fit model family'):
        check_round_trip(codec_of('qwen2_5'), nearly, NAMES, **QWEN3)


def test_thousandths_for_a_model_of_pixels_are_stopped(random_boxes):
    with pytest.raises(InputValueError, match=r"set codec='qwen2_5'"):
        check_round_trip(
            codec_of('qwen3'),
            images(random_boxes),
            NAMES,
            family_name='qwen2_5_vl',
            family_codec='qwen2_5',
        )


def test_objects_too_small_for_the_codec_are_stopped_with_a_way_out(random_boxes):
    tiny = images(random_boxes, (3000, 2000), side=8)

    with pytest.raises(InputValueError, match=r'mean IoU of 0\.7.*cut the images into tiles'):
        check_round_trip(codec_of('qwen3'), tiny, NAMES, **QWEN3)
    assert check_round_trip(codec_of('qwen3'), tiny, NAMES, min_iou=0.5, **QWEN3).num_boxes == 50


def test_pictures_without_objects_pass(random_boxes):
    empty = [AnnotatedImage(np.zeros((0, 4)), np.zeros(0, int), (64, 64), (64, 64))]

    assert check_round_trip(codec_of('qwen3'), empty, NAMES, **QWEN3).mean_iou == 1


def test_the_upper_bound_is_the_text_read_back(random_boxes):
    sizes = {'image_size_wh': (640, 480), 'model_size_wh': (644, 476)}
    boxes = random_boxes(10, (640, 480))

    best = upper_bound_boxes(codec_of('florence2'), boxes, np.zeros(10, int), NAMES, **sizes)

    text = codec_of('florence2').encode(boxes, [0] * 10, NAMES, **sizes)
    expected = codec_of('florence2').decode(text, NAMES, **sizes)
    np.testing.assert_array_equal(best.boxes_xyxy, expected.boxes_xyxy)

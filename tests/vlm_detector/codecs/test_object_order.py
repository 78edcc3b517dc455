import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.codecs.object_order import ORDERS, check_order, object_order

BOXES = np.array([[50.0, 10, 60, 20], [0, 10, 10, 20], [5, 0, 95, 90], [0, 50, 30, 80]])
LABELS = np.array([2, 0, 2, 0])


def test_raster_goes_down_and_then_right():
    assert object_order(BOXES, LABELS, 'raster').tolist() == [2, 1, 0, 3]


def test_area_starts_with_the_largest_and_settles_ties_by_place():
    assert object_order(BOXES, LABELS, 'area').tolist() == [2, 3, 1, 0]


def test_label_follows_the_classes_and_then_the_place():
    assert object_order(BOXES, LABELS, 'label').tolist() == [1, 3, 2, 0]


def test_random_follows_the_generator():
    orders = [
        object_order(BOXES, LABELS, 'random', np.random.default_rng(k)).tolist() for k in (1, 1, 3)
    ]

    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[2]) == [0, 1, 2, 3]


def test_random_without_a_generator_follows_the_global_seed():
    np.random.seed(7)
    first = object_order(BOXES, LABELS, 'random').tolist()
    np.random.seed(7)

    assert object_order(BOXES, LABELS, 'random').tolist() == first


@pytest.mark.parametrize('order', ORDERS)
def test_no_boxes_have_an_order(order):
    assert len(object_order(np.zeros((0, 4)), np.zeros(0, int), order)) == 0


def test_an_unknown_order_is_refused():
    with pytest.raises(
        InputValueError, match=r"Qwen3Codec: expected order .*Did you mean 'raster'"
    ):
        check_order('rastr', 'Qwen3Codec')

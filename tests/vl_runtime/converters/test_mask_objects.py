import numpy as np
import pytest

from vl_runtime.converters import MaskObjects
from vl_runtime.errors import InputValueError

# a part of 4 pixels, one of 1 that touches it by a corner, one of 6
MASK = np.array(
    [
        [1, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
    ],
    np.uint8,
)


def boxes(grey=MASK * 255, **options):
    return [box for box, _ in MaskObjects(**options).find(grey)]


def test_the_largest_part_is_the_subject_and_its_box_ends_behind_the_last_pixel():
    ((box, mask),) = MaskObjects().find(MASK * 255)
    assert box == (3, 4, 6, 6)
    assert mask.sum() == 6 and mask[4:, 3:].all()


def test_all_parts_and_their_union():
    assert boxes(component='all') == [(0, 0, 2, 2), (2, 2, 3, 3), (3, 4, 6, 6)]
    assert boxes(component='union') == [(0, 0, 6, 6)]


def test_eight_neighbours_join_parts_at_a_corner():
    assert boxes(component='all', connectivity=8) == [(0, 0, 3, 3), (3, 4, 6, 6)]


def test_small_parts_do_not_count():
    assert boxes(component='all', min_area=4) == [(0, 0, 2, 2), (3, 4, 6, 6)]
    assert boxes(component='union', min_area=5) == [(3, 4, 6, 6)]
    assert boxes(min_area=7) == []


def test_soft_values_are_cut_at_the_threshold():
    grey = np.array([[127, 128, 90]], np.uint8)
    assert boxes(grey) == [(1, 0, 2, 1)]
    assert boxes(grey, threshold=89) == [(0, 0, 3, 1)]
    assert boxes(np.array([[0, 1, 1]], np.uint8), threshold=0) == [(1, 0, 3, 1)]


def test_the_first_of_equal_parts_counts_and_an_empty_mask_has_none():
    assert boxes(np.array([[255, 0, 255]], np.uint8)) == [(0, 0, 1, 1)]
    assert boxes(np.zeros((3, 3), np.uint8), component='union') == []


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'component': 'larges'}, r"component: expected one of .*'larges'. Did you mean 'largest'"),
        ({'connectivity': 6}, 'connectivity: expected 4 or 8, found 6'),
        ({'threshold': 255}, 'threshold: expected 0 to 254'),
        ({'min_area': 0}, 'min_area: expected at least 1 pixel, found 0'),
    ],
)
def test_wrong_choices_are_named(options, message):
    with pytest.raises(InputValueError, match=message):
        MaskObjects(**options)

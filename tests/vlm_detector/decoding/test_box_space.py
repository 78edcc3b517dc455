"""Which boxes are left, compared with a list of all of them."""

import itertools

import pytest

from vlm_detector.decoding.box_space import BoxSpace


def every_box(x_max, y_max):
    pairs = [list(itertools.combinations(range(size + 1), 2)) for size in (x_max, y_max)]
    return [(x1, y1, x2, y2) for (x1, x2), (y1, y2) in itertools.product(*pairs)]


@pytest.mark.parametrize('x_max, y_max', [(1, 1), (3, 2), (2, 4)])
def test_the_number_of_boxes_is_that_of_a_list(x_max, y_max):
    assert BoxSpace(x_max, y_max, 3).total() == 3 * len(every_box(x_max, y_max))


def test_limits_keep_corners_ordered_and_inside():
    space = BoxSpace(10, 20, 1)
    assert space.limits(()) == (0, 9) and space.limits((4,)) == (0, 19)
    assert space.limits((4, 6)) == (5, 10) and space.limits((4, 6, 8)) == (7, 20)


def test_a_value_is_used_up_when_no_box_with_it_is_left():
    boxes = every_box(2, 3)
    space = BoxSpace(2, 3, 1)
    for count in range(0, len(boxes), 3):
        written = [(*box, 'cat') for box in boxes[:count]]
        left = boxes[count:]
        for length in range(4):
            for start in {box[:length] for box in boxes}:
                every = {box[length] for box in boxes if box[:length] == start}
                free = {box[length] for box in left if box[:length] == start}
                assert space.used_up(start, written) == every - free


def test_a_box_may_come_once_with_each_label():
    space = BoxSpace(1, 1, 2)
    assert space.used_up((0, 0, 1), [(0, 0, 1, 1, 'cat')]) == frozenset()
    both = [(0, 0, 1, 1, 'cat'), (0, 0, 1, 1, 'dog')]
    assert space.used_up((0, 0, 1), both) == {1}

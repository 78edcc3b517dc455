import numpy as np
import pytest

from composed_retrieval.boxes.box_selection import BoxSelection
from vl_runtime.errors import InputValueError

BOXES = np.array(
    [
        [0.0, 0.0, 0.5, 0.5],
        [0.0, 0.0, 0.5, 0.48],  # nearly the first
        [0.5, 0.5, 0.55, 0.55],  # 0.25 % of the picture
        [0.4, 0.4, 1.2, 1.0],  # reaches beyond the picture
        [0.3, 0.0, 0.3, 1.0],  # no area
    ]
)
SCORES = np.array([0.5, 0.9, 0.8, 0.4, 0.9])
LABELS = ['a', 'b', 'c', 'd', 'e']


def test_small_and_doubled_boxes_go_and_the_largest_comes_first():
    found = BoxSelection().select(BOXES, SCORES, LABELS)
    assert found.labels == ('d', 'b') and found.scores == (0.4, 0.9)
    np.testing.assert_allclose(found.boxes, [[0.4, 0.4, 1, 1], [0, 0, 0.5, 0.48]])


def test_the_best_score_can_come_first_and_the_number_is_limited():
    found = BoxSelection(sort_by='score', max_boxes=1).select(BOXES, SCORES, LABELS)
    assert found.labels == ('b',)
    assert BoxSelection(score_threshold=0.95).select(BOXES, SCORES, LABELS).labels == ()
    assert BoxSelection(nms_iou=1).select(BOXES, SCORES, LABELS).labels == ('d', 'a', 'b')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'min_area': 2}, 'min_area: expected a value from 0 to 1, found 2'),
        ({'max_boxes': 0}, 'max_boxes: expected at least 1, found 0'),
        ({'sort_by': 'size'}, "sort_by: expected area or score, found 'size'"),
    ],
)
def test_values_that_can_not_be_used_are_told(changes, message):
    with pytest.raises(InputValueError, match=message):
        BoxSelection(**changes)

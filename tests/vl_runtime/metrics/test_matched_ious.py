import numpy as np
import pytest

from vl_runtime.metrics.matched_ious import matched_ious


def test_the_best_scoring_boxes_of_a_class_answer_its_objects():
    objects = [
        {'bbox': [0, 0, 10, 10], 'category_id': 0},
        {'bbox': [20, 0, 10, 10], 'category_id': 0},
        {'bbox': [0, 0, 10, 10], 'category_id': 1},
    ]
    boxes = np.array([[20, 0, 30, 10], [0, 0, 10, 5], [0, 0, 10, 10.0]])
    # The exact box of the first object scores too low to be one of its two answers.
    ious, answered = matched_ious(boxes, np.array([0.9, 0.8, 0.7]), np.array([0, 0, 0]), objects)
    assert ious.tolist() == pytest.approx([0.5, 1, 0])
    assert answered.tolist() == [True, True, False]


def test_nothing_and_nobody():
    ious, answered = matched_ious(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), [])
    assert len(ious) == len(answered) == 0

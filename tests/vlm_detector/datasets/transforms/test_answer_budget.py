"""Whole objects are left out, the smallest first."""

import numpy as np
import pytest

from vlm_detector.datasets.transforms.answer_budget import longest_fitting_answer


def write(kept):
    return '[' + ','.join(str(index) for index in kept) + ']'


@pytest.mark.parametrize(
    ('limit', 'answer'),
    [(9, '[0,1,2,3]'), (8, '[0,2,3]'), (7, '[0,2,3]'), (5, '[0,2]'), (4, '[2]'), (2, '[]')],
)
def test_as_many_objects_as_fit_in_their_order(limit, answer):
    areas = np.array([5.0, 1.0, 9.0, 2.0])
    found, kept = longest_fitting_answer(areas, write, lambda text: len(text) <= limit)
    assert found == answer
    assert write(kept) == answer


def test_no_object_is_the_empty_answer():
    answer, kept = longest_fitting_answer(np.zeros(0), write, lambda text: True)
    assert (answer, len(kept)) == ('[]', 0)

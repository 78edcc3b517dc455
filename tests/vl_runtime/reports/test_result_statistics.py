"""Values of results by hand, of one task and of several."""

import pytest

from tests.vl_runtime.reports.results import result
from vl_runtime.reports.result_statistics import (
    differences_of,
    intervals_of,
    iou_summary,
    precision_of,
)

BOX, HALF = (0, 0, 10, 10), (0, 0, 10, 5)
# One of two objects is hit at IoU 0.5 alone, the other one at all ten thresholds; half the recall
# is 51 of 101 points.
AP = (1 + 9 * 51 / 101) / 10
WHOLE, PART = [(BOX, 0.9, 0)], [(HALF, 0.9, 0)]


def words(key, answer):
    """A picture asked for its industry, which is Food."""
    return result(key, task='industry', answer=answer, expected='Food')


def test_the_boxes_of_one_task_have_plain_names_beside_answers_in_words():
    results = [
        *(result(1, WHOLE, [(BOX, 0)]), words(1, ' food. ')),
        *(result(2, PART, [(BOX, 0)]), words(2, 'Clothes')),
    ]
    found = {name: value.value for name, value in intervals_of(results, 1).items()}
    assert found == pytest.approx(
        {'mean IoU': 0.75, 'success@0.5': 1.0, 'AP': AP, 'industry: as expected': 0.5}
    )
    assert precision_of(results, 1).average_precision() == pytest.approx(AP)
    assert iou_summary(results)['median IoU'] == 0.75


def test_several_tasks_with_boxes_are_told_apart():
    results = [
        *(result(1, WHOLE, [(BOX, 0)]), result(1, PART, [(BOX, 0)], task='phrase_grounding')),
        *(result(2, WHOLE, [(BOX, 0)]), result(2, [], [(BOX, 0)], task='phrase_grounding')),
    ]
    found = {name: value.value for name, value in intervals_of(results, 1).items()}
    assert found == pytest.approx(
        {
            'detection: mean IoU': 1.0,
            'detection: success@0.5': 1.0,
            'detection: AP': 1.0,
            'phrase_grounding: mean IoU': 0.25,
            'phrase_grounding: success@0.5': 0.5,
        }
    )
    assert precision_of(results, 1).average_precision() == pytest.approx(1.0)
    summary = iou_summary(results)
    assert summary['phrase_grounding: answered'] == 0.5 and 'mean IoU' not in summary


def test_differences_of_words_are_paired_by_picture():
    before = [words(key, 'Clothes') for key in range(8)]
    after = [words(key, 'food' if key < 6 else 'Clothes') for key in range(8)]
    found = differences_of(after, before, 0)['industry: as expected']
    assert found.value == 0.75 and 0 < found.low <= 0.75 <= found.high <= 1


def test_nothing_to_measure_has_no_values():
    assert intervals_of([result(1)], 1) == {} and iou_summary([result(1)]) == {}

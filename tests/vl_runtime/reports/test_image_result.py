import json

import numpy as np
import pytest

from tests.vl_runtime.reports.results import random_results, result
from vl_runtime.reports.image_result import ImageResult

BOX = (0, 0, 10, 10)


def test_objects_know_their_answer_and_boxes_their_object():
    one = result(1, [((0, 0, 10, 5), 0.9, 0), (BOX, 0.8, 1)], [(BOX, 0)])
    assert one.ious.tolist() == [0.5] and one.answered.tolist() == [True]
    assert one.box_ious.tolist() == [0.5, 0]  # the second has another label
    assert one.quality == 0.5


def test_a_crowd_is_no_object_and_nothing_has_no_quality():
    assert result(1, [], [(BOX, 0)], true_crowds=np.array([True])).quality is None
    assert result(1).quality is None


def test_json_keeps_every_bit_of_boxes_and_scores():
    for one in random_results(np.random.default_rng(0), 3):
        one = ImageResult.from_dict(
            {**one.to_dict(), 'texts': ('a', 'b'), 'answer': 'x', 'counters': {'clipped': 1}}
        )
        again = ImageResult.from_dict(json.loads(json.dumps(one.to_dict())))
        for name in ('boxes', 'scores', 'labels', 'true_boxes', 'true_labels', 'true_crowds'):
            assert np.array_equal(getattr(one, name), getattr(again, name)), name
            assert getattr(one, name).shape == getattr(again, name).shape
        assert (again.texts, again.answer, again.counters) == (('a', 'b'), 'x', {'clipped': 1})
        assert again.scores == pytest.approx(np.float32(one.scores))

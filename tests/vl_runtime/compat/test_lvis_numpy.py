"""lvis evaluates with the numpy that is installed."""

import logging

import numpy as np
import pytest

import yolo_world  # noqa: F401
from vl_runtime.compat import optional
from vl_runtime.compat.lvis_numpy import NumpyWithFloat


def test_numpy_stays_numpy():
    shim = NumpyWithFloat('numpy')
    assert shim.arange is np.arange
    assert shim.zeros(2).astype(dtype=shim.float).dtype == np.float64


@pytest.mark.skipif(not optional.available('lvis'), reason='needs the package lvis')
def test_a_perfect_answer_scores_one():
    from lvis import LVISEval, LVISResults
    from lvis.lvis import LVIS

    truth = LVIS.__new__(LVIS)
    image = {'id': 1, 'width': 50, 'height': 50}
    image |= {'neg_category_ids': [], 'not_exhaustive_category_ids': []}
    box = {'id': 1, 'image_id': 1, 'category_id': 1, 'bbox': [2, 2, 20, 20], 'area': 400}
    category = {'id': 1, 'name': 'cat', 'frequency': 'f', 'image_count': 1}
    truth.dataset = {'images': [image], 'annotations': [box], 'categories': [category]}
    truth.logger = logging.getLogger('lvis')
    truth._create_index()
    found = [{'image_id': 1, 'category_id': 1, 'bbox': [2, 2, 20, 20], 'score': 0.9}]
    evaluation = LVISEval(truth, LVISResults(truth, found), 'bbox')
    evaluation.run()
    assert evaluation.get_results()['AP'] == pytest.approx(1)

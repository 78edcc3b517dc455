import json

import numpy as np
import pytest

from vl_runtime.prediction import Prediction


@pytest.fixture
def prediction():
    boxes = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32)
    scores, labels = np.array([0.75, 0.5], np.float32), np.array([1, 2])
    return Prediction('a.png', (30, 20), boxes, scores, labels, ('cat', 'dog'))


def test_each_box_has_a_name_even_where_the_vocabulary_is_too_short(prediction):
    assert prediction.names == ['dog', 'class 2']
    assert len(prediction) == 2


def test_the_dictionary_is_json(prediction):
    assert json.loads(json.dumps(prediction.to_dict())) == {
        'image': 'a.png',
        'width': 30,
        'height': 20,
        'boxes': [
            {'box_xyxy': [1.0, 2.0, 3.0, 4.0], 'score': 0.75, 'label': 1, 'text': 'dog'},
            {'box_xyxy': [5.0, 6.0, 7.0, 8.0], 'score': 0.5, 'label': 2, 'text': 'class 2'},
        ],
    }


def test_boxes_are_chosen_by_score_or_text_and_labels_stay(prediction):
    assert prediction.above(0.6).labels.tolist() == [1]
    assert prediction.with_texts(['dog', 'cow']).labels.tolist() == [1]
    assert prediction.with_texts([]).boxes_xyxy.shape == (0, 4)
    assert prediction.with_texts(['dog']).texts == ('cat', 'dog')

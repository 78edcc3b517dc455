import json

import numpy as np

from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter


def prediction(labels):
    count = len(labels)
    boxes = np.tile(np.array([[1.234, 2, 3, 5]], np.float32), (count, 1))
    scores = np.full(count, 0.123456789, np.float32)
    return Prediction('a.png', (30, 20), boxes, scores, np.array(labels, int), ('cat', 'dog'))


def test_labels_without_a_name_are_categories_too(tmp_path):
    writer = PredictionWriter(tmp_path, {}, pictures=False)
    writer.add_image(prediction([0, 4]), np.zeros((20, 30, 3), np.uint8), 'a.png', 'x/a.png')
    writer.finish(['cat', 'dog'])
    content = json.loads((tmp_path / 'predictions.json').read_text())
    assert [item['name'] for item in content['categories']] == ['cat', 'dog', 'class 4']
    assert [item['id'] for item in content['categories']] == [1, 2, 5]
    assert content['annotations'][0]['bbox'] == [1.23, 2.0, 1.77, 3.0]
    assert content['annotations'][0]['score'] == 0.12346


def test_picture_names_are_never_given_twice(tmp_path):
    writer = PredictionWriter(tmp_path, {})
    names = [writer.picture_path(name).name for name in ('a.png', 'a.tif', 'a.jpg')]
    assert names == ['a.jpg', 'a_2.jpg', 'a_3.jpg']
    assert writer.picture_path('a.avi', '.mp4').name == 'a.mp4'

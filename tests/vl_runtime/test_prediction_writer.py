import dataclasses
import json

import numpy as np

from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.written_answer import WrittenAnswer


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


def test_the_words_of_a_model_are_beside_image_and_boxes(tmp_path):
    answer = WrittenAnswer('a cat<loc_1>', ('<REGIONS>',), 'recovered', True)
    described = dataclasses.replace(
        prediction([0, 0]), answer=answer, captions=('a cat', 'the same cat')
    )
    writer = PredictionWriter(tmp_path, {}, pictures=False, yolo_labels=True)
    writer.add_image(described, np.zeros((20, 30, 3), np.uint8), 'a.png', 'x/a.png')
    writer.finish(['cat'])
    content = json.loads((tmp_path / 'predictions.json').read_text())
    (image,) = content['images']
    assert (image['answer'], image['prompts']) == ('a cat<loc_1>', ['<REGIONS>'])
    assert (image['parse_status'], image['truncated']) == ('recovered', True)
    assert [item['caption'] for item in content['annotations']] == ['a cat', 'the same cat']


def test_a_caption_of_the_whole_picture_needs_no_class(tmp_path):
    writer = PredictionWriter(tmp_path, {}, pictures=False, yolo_labels=True)
    words = dataclasses.replace(prediction([]), texts=(), answer=WrittenAnswer('A cat.'))
    writer.add_image(words, np.zeros((20, 30, 3), np.uint8), 'a.png', 'x/a.png')
    writer.finish([])
    assert (tmp_path / 'classes.txt').read_text() == ''

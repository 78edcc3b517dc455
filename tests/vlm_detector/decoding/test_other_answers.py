"""Outlines as masks of the original picture, words as words."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample

from vlm_detector.codecs import LocPolygons, codec_of
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.other_answers import add_outlines, add_words
from vlm_detector.decoding.prediction_record import check_record, record_of, sample_of
from vlm_detector.decoding.requests import ImageRequests
from vlm_detector.families.image_input import ImageInput


def answer(text, probability=0.5, finished=True):
    spans = tuple((index, index + 1) for index in range(len(text)))
    logprobs = np.log(np.full(len(text), probability))
    return GeneratedAnswer(text, tuple(range(len(text))), logprobs, spans, finished)


def sample():
    """A picture of 200 x 100 that the model saw at half the size."""
    meta = {
        'img_id': 1,
        'ori_shape': (100, 200),
        'img_shape': (50, 100),
        'scale_factor': (0.5, 0.5),
        'model_size_wh': (64, 64),
        'task': 'segmentation',
        'prompts': ('one', 'two'),
    }
    return DetDataSample(metainfo=meta)


@pytest.fixture
def requests():
    image = ImageInput(torch.zeros(1), None, 1, 0, (100, 50), (64, 64))
    asked = [GenerationRequest(image, name, (name,), 0, 'polygons') for name in ('cat', 'dog')]
    return ImageRequests(tuple(asked), ((0,), (1,)))


def square(x1, y1, x2, y2):
    return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], float)


def test_outlines_become_masks_of_the_file(requests):
    writer = LocPolygons()
    texts = [
        writer.encode([[square(10, 10, 30, 20)]], image_size_wh=(100, 50)),
        writer.encode(
            [[square(50, 0, 60, 10)], [square(70, 0, 80, 10), square(90, 0, 95, 5)]],
            image_size_wh=(100, 50),
        ),
    ]
    answers = [answer(texts[0], 0.9), answer(texts[1], 0.4, finished=False)]
    done = add_outlines(sample(), requests, answers, codec_of('florence2'))
    found = done.pred_instances
    assert found.labels.tolist() == [0, 1, 1]
    torch.testing.assert_close(found.scores, torch.tensor([0.9, 0.4, 0.4]))
    torch.testing.assert_close(found.bboxes[0], torch.tensor([20.0, 20, 60, 40]), atol=0.3, rtol=0)
    expected = np.zeros((100, 200), bool)
    expected[20:40, 20:60] = True
    mask = found.masks[0].numpy()
    assert (mask & expected).sum() / (mask | expected).sum() > 0.95
    assert found.masks[2, 5, 145] and found.masks[2, 5, 185]  # both parts of one object
    assert (done.parse_status, done.truncated) == ('ok', True)


def test_no_outline_is_no_mask(requests):
    done = add_outlines(sample(), requests, [answer(''), answer('')], codec_of('florence2'))
    assert done.pred_instances.masks.shape == (0, 100, 200)
    assert done.parse_status == 'empty_ok'


def test_masks_and_task_survive_a_predictions_file(requests):
    text = LocPolygons().encode([[square(10, 10, 30, 20)]], image_size_wh=(100, 50))
    done = add_outlines(sample(), requests, [answer(text), answer('')], codec_of('florence2'))
    record = record_of(done)
    check_record(record, 'here')
    again = sample_of(record)
    assert again.task == 'segmentation'
    assert torch.equal(again.pred_instances.masks, done.pred_instances.masks)


def test_words_are_an_answer_without_boxes():
    done = add_words(sample(), [answer('Two dogs.')])
    assert (done.answer, done.parse_status, len(done.pred_instances)) == ('Two dogs.', 'ok', 0)
    assert add_words(sample(), [answer(' ')]).parse_status == 'empty_ok'

"""Boxes come back in the pixels of the original picture, whatever the pipeline did."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample

from tests.vlm_detector.decoding.tiny_requests import pictures
from vlm_detector.codecs import COUNTERS, codec_of
from vlm_detector.decoding import (
    GeneratedAnswer,
    add_detections,
    build_requests,
    read_answers,
)


def answer_text(text, *, finished=True):
    spans = tuple((place, place + 1) for place in range(len(text)))
    return GeneratedAnswer(text, (0,) * len(text), np.full(len(text), -0.1), spans, finished)


def read(opened, texts, *, names=('cat', 'dog', 'bird'), per_prompt=None, finished=True, **options):
    it = opened('qwen3_vl')
    image = pictures(it.encoder, [(100, 200)])[0]
    asked = build_requests(
        image, names, prompt_of=', '.join, image_key=0, classes_per_prompt=per_prompt
    )
    answers = [answer_text(text, finished=finished) for text in texts]
    return read_answers(
        asked, answers, codec_of('qwen3'), score=options.pop('score', 'order'), key=7, **options
    )


def box(values, label):
    return f'{{"bbox_2d":{values},"label":"{label}"}}'.replace(' ', '')


def sample(**meta):
    plain = {'ori_shape': (100, 200), 'img_shape': (100, 200), 'scale_factor': (1.0, 1.0)}
    return DetDataSample(metainfo=plain | meta)


def test_a_sample_gets_boxes_scores_labels_and_what_was_read(opened):
    text = f'[{box([100, 200, 500, 600], "dog")},{box([0, 0, 1000, 1000], "wolf")}]'
    filled = add_detections(sample(), read(opened, [text], finished=False))
    found = filled.pred_instances
    torch.testing.assert_close(found.bboxes, torch.tensor([[20.0, 20, 100, 60]]))
    assert found.bboxes.dtype == found.scores.dtype == torch.float32
    assert found.labels.tolist() == [1]
    assert found.scores[0] == pytest.approx(1, abs=2e-3)
    assert filled.answer == text and filled.answers == (text,)
    assert filled.parse_status == 'ok' and filled.truncated and filled.finished == (False,)
    assert filled.counters['unknown_label'] == 1 and set(filled.counters) == set(COUNTERS)


@pytest.mark.parametrize('direction', [None, 'horizontal', 'vertical', 'diagonal'])
@pytest.mark.parametrize('pad', [None, (8.0, 12.0, 10.0, 30.0)])
def test_resize_padding_and_flip_are_taken_off(opened, direction, pad):
    original = torch.tensor([[30.0, 40, 200, 100]])  # of a picture of 300 x 150 pixels
    scale = (0.5, 0.4)
    top, bottom, left, right = pad or (0, 0, 0, 0)
    width, height = 150 + left + right, 60 + top + bottom
    seen = original * torch.tensor(scale).repeat(2) + torch.tensor([left, top, left, top])
    x1, y1, x2, y2 = seen[0].tolist()
    if direction in ('horizontal', 'diagonal'):
        x1, x2 = width - x2, width - x1
    if direction in ('vertical', 'diagonal'):
        y1, y2 = height - y2, height - y1
    it = read(opened, ['[]'])
    it = type(it)(
        **{
            **vars(it),
            'boxes_xyxy': np.array([[x1, y1, x2, y2]]),
            'labels': np.array([0]),
            'scores': np.array([0.5]),
        }
    )
    meta = {'ori_shape': (150, 300), 'img_shape': (int(height), int(width)), 'scale_factor': scale}
    if pad:
        meta['pad_param'] = np.array(pad)
    if direction:
        meta |= {'flip': True, 'flip_direction': direction}
    filled = add_detections(sample(**meta), it)
    torch.testing.assert_close(filled.pred_instances.bboxes, original)


def test_answers_about_parts_of_the_classes_are_joined(opened):
    texts = [f'[{box([0, 0, 500, 500], "dog")}]', f'[{box([100, 100, 500, 500], "bird")}]']
    joined = read(opened, texts, per_prompt=2)
    assert joined.labels.tolist() == [1, 2]
    assert joined.texts == tuple(texts) and joined.finished == (True, True)
    np.testing.assert_allclose(joined.boxes_xyxy, [[0, 0, 100, 50], [20, 10, 100, 50]])


@pytest.mark.parametrize(
    'texts, status',
    [
        (['[]', '[]'], 'empty_ok'),
        (['[]', f'[{box([0, 0, 5, 5], "bird")}]'], 'ok'),
        (['nothing to see', '[]'], 'recovered'),
        (['nothing to see', 'nor here'], 'fail'),
    ],
)
def test_the_status_of_several_answers_is_the_worst_but_not_fail_when_some_were_read(
    opened, texts, status
):
    assert read(opened, texts, per_prompt=2).status == status


def test_boxes_are_sorted_by_score(opened):
    it = read(opened, ['[]'])
    it = type(it)(
        **{
            **vars(it),
            'boxes_xyxy': np.array([[0, 0, 1, 1], [0, 0, 2, 2.0]]),
            'labels': np.array([0, 1]),
            'scores': np.array([0.1, 0.9]),
        }
    )
    found = add_detections(sample(), it).pred_instances
    assert found.labels.tolist() == [1, 0] and found.scores.tolist() == pytest.approx([0.9, 0.1])


def test_what_boxes_are_called_is_kept_where_they_may_be_called_anything(opened):
    text = f'[{box([0, 0, 900, 500], "dog")},{box([100, 200, 500, 600], "Cats")}]'
    read_in_order = read(opened, [text])
    assert read_in_order.captions == ('dog', 'Cats')
    assert 'captions' not in add_detections(sample(), read_in_order).pred_instances
    found = add_detections(sample(), read_in_order, free_words=True).pred_instances
    assert found.captions == ['dog', 'Cats'] and found.labels.tolist() == [1, 0]


def test_no_box_gives_empty_instances(opened):
    found = add_detections(sample(), read(opened, ['[]'])).pred_instances
    assert found.bboxes.shape == (0, 4) and len(found) == 0


def test_boxes_behind_the_limit_are_counted(opened):
    text = '[' + ','.join(box([0, 0, place, 9], 'cat') for place in (5, 6, 7)) + ']'
    limited = read(opened, [text], max_boxes=2)
    assert len(limited.scores) == 2 and limited.counters['over_limit'] == 1

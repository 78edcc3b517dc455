"""Scores come from the tokens of label and coordinates, by hand-computed values."""

import math

import numpy as np
import pytest

from tests.vlm_detector.decoding.tiny_requests import requests_of
from vl_runtime.errors import InputKeyError
from vlm_detector.codecs import codec_of
from vlm_detector.decoding import (
    SCORE_METHODS,
    BatchedGreedyEngine,
    GeneratedAnswer,
    box_scores,
    break_ties,
)

SIZES = {'image_size_wh': (100, 100), 'model_size_wh': (100, 100)}


def spelled(pieces, **options):
    """An answer of (piece of text, probability) pairs."""
    text, spans = '', []
    for piece, _ in pieces:
        spans.append((len(text), len(text) + len(piece)))
        text += piece
    logprobs = np.log([probability for _, probability in pieces])
    return GeneratedAnswer(text, tuple(range(len(pieces))), logprobs, tuple(spans), True, **options)


ONE_BOX = [
    ('[{"', 0.5),
    ('bbox_2d":[', 0.5),
    ('1', 0.9),
    ('0', 0.8),
    (',', 0.1),
    ('2', 0.7),
    (',', 0.1),
    ('30', 0.6),
    (',', 0.1),
    ('4', 1.0),
    ('0', 0.5),
    ('],"label":"', 0.1),
    ('c', 0.9),
    ('at', 0.5),
    ('"}]', 0.1),
]
X1, Y1, X2, Y2, LABEL = 0.9 * 0.8, 0.7, 0.6, 0.5, 0.9 * 0.5
BY_HAND = {
    'label': LABEL,
    'coordinates': (X1 * Y1 * X2 * Y2) ** 0.25,
    'label_coordinates': LABEL * (X1 * Y1 * X2 * Y2) ** 0.25,
    'product': LABEL * X1 * Y1 * X2 * Y2,
    'mean_logprob': (0.9 * 0.8 * 0.7 * 0.6 * 1.0 * 0.5 * 0.9 * 0.5) ** (1 / 8),
    'min_coordinate': 0.5,
    'order': 1.0,
    'constant': 1.0,
}


@pytest.mark.parametrize('method', sorted(SCORE_METHODS))
def test_a_score_is_what_one_computes_by_hand(method):
    answer = spelled(ONE_BOX)
    parsed = codec_of('qwen3').decode(answer.text, ['cat'], **SIZES)
    assert box_scores(answer, parsed, method) == pytest.approx([BY_HAND[method]])


def test_boxes_behind_one_label_share_its_probability():
    answer = spelled(
        [('cat', 0.5)]
        + [(f'<loc_{value}>', 0.81) for value in (1, 2, 3, 4)]
        + [(f'<loc_{value}>', 0.16) for value in (5, 6, 7, 8)]
    )
    parsed = codec_of('florence2').decode(answer.text, ['cat'], **SIZES)
    assert box_scores(answer, parsed, 'label') == pytest.approx([0.5, 0.5])
    assert box_scores(answer, parsed) == pytest.approx([0.5 * 0.81, 0.5 * 0.16])
    assert box_scores(answer, parsed, 'order') == pytest.approx([1.0, 0.5])


def test_an_answer_without_probabilities_scores_one():
    answer = GeneratedAnswer(spelled(ONE_BOX).text, (), np.zeros(0), (), True, has_logprobs=False)
    parsed = codec_of('qwen3').decode(answer.text, ['cat'], **SIZES)
    for method in SCORE_METHODS:
        assert box_scores(answer, parsed, method).tolist() == [1.0]


def test_what_is_not_a_number_scores_zero():
    answer = spelled(ONE_BOX)
    answer.logprobs[2] = math.nan
    parsed = codec_of('qwen3').decode(answer.text, ['cat'], **SIZES)
    assert box_scores(answer, parsed).tolist() == [0.0]


def test_no_box_has_no_score():
    answer = spelled([('[]', 0.9)])
    parsed = codec_of('qwen3').decode('[]', ['cat'], **SIZES)
    assert box_scores(answer, parsed).shape == (0,)


def test_scores_of_generated_answers_lie_between_zero_and_one(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, [['Locate.'], ['Locate cat.']])
    grammar = {'type': 'BoxGrammar', 'max_boxes': 3}
    answers = BatchedGreedyEngine(150, grammar=grammar).generate(
        it.model, it.encoder, it.codec, requests
    )
    for answer, request in zip(answers, requests, strict=True):
        sizes = {'image_size_wh': (90, 90), 'model_size_wh': (96, 96)}
        parsed = it.codec.decode(answer.text, request.class_names, **sizes)
        for method in SCORE_METHODS:
            scores = box_scores(answer, parsed, method)
            assert len(scores) == len(parsed.boxes_xyxy)
            assert ((scores >= 0) & (scores <= 1)).all()


def test_ties_are_broken_alike_every_time_and_hardly_change_a_score():
    scores = np.ones(200)
    broken = break_ties(scores, 'image 7', 'constant')
    assert len(set(broken)) == 200
    assert (broken > 0.999).all() and (broken <= 1).all()
    np.testing.assert_array_equal(broken, break_ties(scores, 'image 7', 'constant'))
    assert (broken != break_ties(scores, 'image 8', 'constant')).all()
    assert (break_ties(scores, 1, 'label') > 1 - 1e-6).all()
    falling = 1 / np.arange(1, 201)
    assert (np.diff(break_ties(falling, 1, 'order')) < 0).all()


def test_an_unknown_method_is_refused():
    answer = spelled(ONE_BOX)
    parsed = codec_of('qwen3').decode(answer.text, ['cat'], **SIZES)
    with pytest.raises(
        InputKeyError, match=r"^score: expected one of label_coordinates, .*, found 'lable'\. Did"
    ):
        box_scores(answer, parsed, 'lable')

"""Answers in words against the words that were expected."""

import pytest
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vl_runtime.normalized_text import normalized


def scored(*samples):
    metric = METRICS.build({'type': 'TextAnswerMetric'})
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def sample(task, answer, expected, **more):
    return {'img_id': 1, 'task': task, 'answer': answer, 'gt_answer': expected, **more}


def test_each_task_has_shares_of_its_own():
    scores = scored(
        sample('industry', 'Food', 'Food'),
        sample('industry', ' food. ', 'Food'),
        sample('industry', 'Sports', 'Food', truncated=True),
        sample('caption', 'A dog!', 'a dog'),
        {'img_id': 1, 'task': 'detection', 'answer': '[]'},
        {'img_id': 1, 'answer': '[]'},
    )
    assert scores['text/industry/exact'] == pytest.approx(1 / 3)
    assert scores['text/industry/normalized'] == scores['text/industry/answered']
    assert scores['text/industry/answered'] == pytest.approx(2 / 3)
    assert (scores['text/caption/exact'], scores['text/caption/normalized']) == (0, 1)
    assert not any('detection' in key for key in scores)


def test_company_and_industry_are_told_apart():
    expected = 'Industry: Food\nCompany: Häagen-Dazs'
    scores = scored(
        sample('classification', expected, expected),
        sample('classification', 'company: haagen dazs; industry: FOOD', expected),
        sample('classification', 'Company: Häagen-Dazs', expected),
        sample('classification', 'an ice cream', expected),
    )
    shares = {key.removeprefix('text/classification/'): value for key, value in scores.items()}
    assert shares['industry'] == 0.5 and shares['company'] == 0.5
    assert shares['industry_and_company'] == 0.25 and shares['parse_rate'] == 0.5
    assert shares['exact'] == 0.25


@pytest.mark.parametrize(
    ('one', 'other'),
    [('A  &\tB', 'a b'), ('ﬁne', 'FINE'), ('Straße', 'STRASSE'), ('x-y.', 'X Y')],
)
def test_writers_differ_in_what_is_normalised(one, other):
    assert normalized(one) == normalized(other)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(InputValueError, match=r'image 1: expected gt_answer for the task caption'):
        scored({'img_id': 1, 'task': 'caption', 'answer': 'x'})
    with pytest.raises(InputValueError, match=r"an answer in words, found \{'detection': 1\}"):
        scored({'img_id': 1, 'task': 'detection', 'answer': 'x'})

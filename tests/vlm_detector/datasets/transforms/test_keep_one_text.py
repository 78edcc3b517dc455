"""One text, present or absent, and the boxes that go with it."""

import random

import numpy as np
import pytest
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError

BOXES = np.array([[0.0, 0, 1, 1], [2, 2, 3, 3], [4, 4, 5, 5]])


def results(labels=(2, 0, 2), texts=('a', 'b', 'c')):
    labels = np.array(labels, dtype=np.int64)
    return dict(
        texts=list(texts),
        gt_bboxes=BOXES[: len(labels)],
        gt_bboxes_labels=labels,
        gt_ignore_flags=np.arange(len(labels)) == 2,
        img_path='street.jpg',
    )


def keep_one_text(**values):
    return TRANSFORMS.build(dict(type='KeepOneText', **values))


def test_only_the_objects_of_the_drawn_text_stay_and_their_label_is_zero():
    step = keep_one_text(absent=0)
    found = {}
    for seed in range(20):
        random.seed(seed)
        out = step(results())
        (text,) = out['texts']
        found[text] = out
    assert set(found) == {'a', 'c'}  # b isn't shown
    np.testing.assert_array_equal(found['c']['gt_bboxes'], BOXES[[0, 2]])
    np.testing.assert_array_equal(found['c']['gt_bboxes_labels'], [0, 0])
    np.testing.assert_array_equal(found['c']['gt_ignore_flags'], [False, True])
    np.testing.assert_array_equal(found['a']['gt_bboxes'], BOXES[[1]])


def test_absent_texts_come_as_often_as_asked_for():
    step = keep_one_text(absent=0.25)
    random.seed(0)

    absent = [step(results())['texts'] == ['b'] for _ in range(2000)]

    assert 0.22 < np.mean(absent) < 0.28


def test_a_picture_without_objects_is_asked_for_what_it_does_not_show():
    out = keep_one_text(absent=0)(results(labels=()))

    assert len(out['texts']) == 1 and out['gt_bboxes'].shape == (0, 4)


def test_a_picture_that_shows_every_text_is_never_asked_for_another():
    out = keep_one_text(absent=1)(results(labels=(0, 1, 2)))

    assert len(out['gt_bboxes']) == 1


@pytest.mark.parametrize(
    'error, message, call',
    [
        (
            InputValueError,
            'KeepOneText: expected absent in 0..1, found 2.',
            lambda: keep_one_text(absent=2),
        ),
        (
            InputKeyError,
            'KeepOneText: expected texts in the results of a.jpg; put LoadAnnotations and '
            'LoadText before it.',
            lambda: keep_one_text()(dict(img_path='a.jpg')),
        ),
        (
            InputValueError,
            'KeepOneText: expected a text for street.jpg, found none.',
            lambda: keep_one_text()(results(labels=(), texts=())),
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(error, message, call):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message

import pytest
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError

NAMES = ('cat', 'red dog')
SIZES = {'image_size_wh': (1024, 1024), 'model_size_wh': (448, 448)}


def locs(*bins):
    return ''.join(f'<loc{k:04d}>' for k in bins)


CAT = locs(2, 1, 40, 30) + ' cat'
DOG = locs(6, 5, 80, 70) + ' red dog'
CAT_BOX, DOG_BOX = ([1.5, 2.5, 30.5, 40.5], 0), ([5.5, 6.5, 70.5, 80.5], 1)


@pytest.fixture
def codec():
    return TASK_UTILS.build({'type': 'PaliGemmaCodec'})


def test_text_has_y_before_x_and_four_digits(codec):
    boxes = [[1.2, 2.9, 30, 40], [5, 6, 70, 80]]

    assert codec.encode(boxes, [0, 1], NAMES, **SIZES) == CAT + ' ; ' + DOG
    assert CAT == '<loc0002><loc0001><loc0040><loc0030> cat'


@pytest.mark.parametrize(
    ('text', 'expected', 'status', 'counters'),
    [
        (CAT + ' ; ' + DOG, [CAT_BOX, DOG_BOX], 'ok', {}),
        (CAT + ';' + DOG, [CAT_BOX, DOG_BOX], 'recovered', {}),
        (CAT + '<eos>', [CAT_BOX], 'recovered', {}),
        (locs(2, 1, 40, 30) + '<seg005> cat', [CAT_BOX], 'recovered', {}),
        ('', [], 'empty_ok', {}),
        ('no cat', [], 'fail', {'wrong_arity': 1}),
        (locs(2, 1, 40) + ' cat ; ' + DOG, [DOG_BOX], 'recovered', {'wrong_arity': 1}),
        ('cat ; ' + DOG, [DOG_BOX], 'recovered', {'wrong_arity': 1}),
        (locs(2, 1, 40, 30), [], 'recovered', {'unknown_label': 1}),
        (locs(40, 30, 2, 1) + ' cat', [CAT_BOX], 'ok', {'swapped': 1}),
    ],
)
def test_answers_give_the_expected_boxes(codec, text, expected, status, counters):
    parsed = codec.decode(text, NAMES, **SIZES)

    assert list(zip(parsed.boxes_xyxy.tolist(), parsed.labels.tolist())) == expected
    assert parsed.status == status
    assert {name: count for name, count in parsed.counters.items() if count} == counters


def test_the_last_label_of_a_cut_answer_may_be_half_a_label(codec):
    parsed = codec.decode(CAT + ' ; ' + DOG, NAMES, truncated=True, **SIZES)

    assert parsed.labels.tolist() == [0]
    assert parsed.counters['incomplete'] == 1


def test_spans_follow_x_before_y(codec):
    span = codec.decode(CAT, NAMES, **SIZES).spans[0]

    assert [CAT[a:b] for a, b in span.coordinates] == [f'<loc{k:04d}>' for k in (1, 2, 30, 40)]


def test_a_class_name_with_the_separator_is_refused(codec):
    with pytest.raises(InputValueError, match='holds ";", "<" or ">"'):
        codec.encode([[1, 2, 30, 40]], [0], ('a;b',), **SIZES)

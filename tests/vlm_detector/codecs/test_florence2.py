import pytest
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError

NAMES = ('cat', 'red dog')
SIZES = {'image_size_wh': (1000, 500), 'model_size_wh': (768, 768)}


def locs(*bins):
    return ''.join(f'<loc_{k}>' for k in bins)


CAT = 'cat' + locs(1, 2, 30, 40)
CAT_BOX = ([1.5, 1.25, 30.5, 20.25], 0)
OTHER = locs(5, 6, 70, 80)
OTHER_BOX = [5.5, 3.25, 70.5, 40.25]


@pytest.fixture
def codec():
    return TASK_UTILS.build({'type': 'Florence2Codec'})


def test_text_takes_the_bin_that_a_coordinate_lies_in(codec):
    text = codec.encode([[1.9, 1.0, 30.0, 20.4], [5, 3, 1000, 500]], [0, 1], NAMES, **SIZES)

    assert text == 'cat' + locs(1, 2, 30, 40) + 'red dog' + locs(5, 6, 999, 999)


@pytest.mark.parametrize(
    ('text', 'expected', 'status', 'counters'),
    [
        (CAT, [CAT_BOX], 'ok', {}),
        (CAT + OTHER, [CAT_BOX, (OTHER_BOX, 0)], 'ok', {}),
        (CAT + 'red dog' + OTHER, [CAT_BOX, (OTHER_BOX, 1)], 'ok', {}),
        ('', [], 'empty_ok', {}),
        ('no object', [], 'empty_ok', {}),
        ('nothing here', [], 'fail', {'wrong_arity': 1}),
        ('<s>' + CAT + '</s><pad>', [CAT_BOX], 'recovered', {}),
        (
            'cat<poly>' + locs(1, 20, 30, 2, 15, 40) + '</poly>',
            [CAT_BOX],
            'recovered',
            {'polygon': 1},
        ),
        (
            'cat<poly>' + locs(1, 20, 20, 2) + '<sep>' + locs(30, 3, 25, 40) + '</poly>',
            [CAT_BOX],
            'recovered',
            {'polygon': 1},
        ),
        ('cat<poly>' + locs(1, 2, 3) + '</poly>', [], 'fail', {'wrong_arity': 1}),
        (CAT + locs(1, 2), [CAT_BOX], 'recovered', {'wrong_arity': 1}),
        (CAT + 'red dog', [CAT_BOX], 'recovered', {'wrong_arity': 1}),
        (
            'cat' + locs(1, 2, 30, 40000),
            [([1.5, 1.25, 30.5, 499.75], 0)],
            'recovered',
            {'clipped': 1},
        ),
        (OTHER, [], 'recovered', {'unknown_label': 1}),
    ],
)
def test_answers_give_the_expected_boxes(codec, text, expected, status, counters):
    parsed = codec.decode(text, NAMES, **SIZES)

    assert list(zip(parsed.boxes_xyxy.tolist(), parsed.labels.tolist())) == expected
    assert parsed.status == status
    assert {name: count for name, count in parsed.counters.items() if count} == counters


def test_cut_locations_are_incomplete_and_an_empty_cut_answer_fails(codec):
    cut = codec.decode(CAT + locs(1, 2), NAMES, truncated=True, **SIZES)

    assert cut.counters['incomplete'] == 1
    assert codec.decode('', NAMES, truncated=True, **SIZES).status == 'fail'


def test_spans_of_a_polygon_are_those_of_its_outermost_points(codec):
    text = 'cat<poly>' + locs(1, 20, 30, 2, 15, 40) + '</poly>'

    span = codec.decode(text, NAMES, **SIZES).spans[0]

    assert [text[a:b] for a, b in span.coordinates] == [f'<loc_{k}>' for k in (1, 2, 30, 40)]
    assert text[slice(*span.label)] == 'cat'


def test_quads_are_read_as_their_bounding_boxes():
    codec = TASK_UTILS.build({'type': 'Florence2Codec', 'points_per_box': 4})

    parsed = codec.decode('cat' + locs(9, 2, 30, 5, 28, 40, 1, 38), NAMES, **SIZES)

    assert parsed.boxes_xyxy.tolist() == [CAT_BOX[0]]
    assert parsed.counters['polygon'] == 1


def test_three_points_are_no_box():
    with pytest.raises(
        InputValueError, match=r'points_per_box 2 \(boxes\) or 4 \(quads\), found 3'
    ):
        TASK_UTILS.build({'type': 'Florence2Codec', 'points_per_box': 3})


def test_a_class_name_with_a_token_is_refused(codec):
    with pytest.raises(InputValueError, match='holds "<" or ">"'):
        codec.encode([[1, 2, 30, 40]], [0], ('a<loc_1>',), **SIZES)

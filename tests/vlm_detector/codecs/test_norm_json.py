import pytest
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError

SIZES = {'image_size_wh': (640, 480), 'model_size_wh': (640, 480)}
BOX = [64, 120, 320, 360]


def build(**options):
    return TASK_UTILS.build({'type': 'NormJsonCodec', **options})


def test_the_single_box_of_a_single_class_is_a_bare_object():
    text = build().encode([BOX], [0], ('subject',), **SIZES)

    assert text == '{"x_min":0.1000,"y_min":0.2500,"x_max":0.5000,"y_max":0.7500}'
    parsed = build().decode(text, ('subject',), **SIZES)
    assert parsed.boxes_xyxy.round(6).tolist() == [BOX]
    assert (parsed.labels.tolist(), parsed.status) == ([0], 'ok')


def test_alphabetical_order_is_written_and_read():
    codec = build(key_order='alphabetical', compact=False)

    text = codec.encode([BOX], [1], ('a', 'b'), **SIZES)

    assert text == (
        '[{"label": "b", "x_max": 0.5000, "x_min": 0.1000, "y_max": 0.7500, "y_min": 0.2500}]'
    )
    parsed = codec.decode(text, ('a', 'b'), **SIZES)
    assert parsed.boxes_xyxy.round(6).tolist() == [BOX]
    assert [text[a:b] for a, b in parsed.spans[0].coordinates] == [
        '0.1000',
        '0.2500',
        '0.5000',
        '0.7500',
    ]


@pytest.mark.parametrize(
    ('text', 'status', 'number', 'counters'),
    [
        ('{"x_min":0.1,"y_min":0.2,"x_max":0.5,"y_max":1}', 'ok', 1, {}),
        ('JSON: {"x_min":0.1,"y_min":0.2,"x_max":0.5,"y_max":1}', 'recovered', 1, {}),
        ('{"x_min":0.1,"y_min":0.2,"x_max":0.5}', 'fail', 0, {'wrong_arity': 1}),
        ('{"x_min":0.5,"y_min":0.2,"x_max":0.1,"y_max":1}', 'ok', 1, {'swapped': 1}),
        ('{"x_min":0.1,"y_min":0.2,"x_max":1.5,"y_max":1}', 'ok', 1, {'clipped': 1}),
        ('{"x_min":100,"y_min":20,"x_max":500,"y_max":90}', 'ok', 0, {'outside': 1}),
        ('{"x_min":0.1,"y_min":0.2,"x_max":0.', 'fail', 0, {'incomplete': 1}),
        ('[]', 'empty_ok', 0, {}),
    ],
)
def test_answers_are_read(text, status, number, counters):
    parsed = build().decode(text, ('subject',), **SIZES)

    assert (parsed.status, len(parsed.labels)) == (status, number)
    assert {name: count for name, count in parsed.counters.items() if count} == counters


def test_an_unknown_key_order_is_refused():
    with pytest.raises(InputValueError, match="'corners' or 'alphabetical', found 'x_first'"):
        build(key_order='x_first')

import pytest
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError

NAMES = ('cat', 'red dog')
SIZES = {'image_size_wh': (1000, 1000), 'model_size_wh': (1000, 1000)}
CAT = '<|object_ref_start|>cat<|object_ref_end|><|box_start|>(1,2),(30,40)<|box_end|>'
DOG = '<|object_ref_start|>red dog<|object_ref_end|><|box_start|>(5,6),(70,80)<|box_end|>'
CAT_BOX, DOG_BOX = ([1, 2, 30, 40], 0), ([5, 6, 70, 80], 1)


@pytest.fixture
def codec():
    return TASK_UTILS.build({'type': 'Qwen2Codec'})


def test_text_by_hand(codec):
    assert codec.encode([[5, 6, 70, 80], [1, 2, 30, 40]], [1, 0], NAMES, **SIZES) == CAT + DOG


@pytest.mark.parametrize(
    ('text', 'expected', 'status', 'counters'),
    [
        (CAT + DOG, [CAT_BOX, DOG_BOX], 'ok', {}),
        (CAT + '<|box_start|>(5,6),(70,80)<|box_end|>', [CAT_BOX, ([5, 6, 70, 80], 0)], 'ok', {}),
        ('[]', [], 'empty_ok', {}),
        ('', [], 'fail', {}),
        ('Here: ' + CAT, [CAT_BOX], 'recovered', {}),
        ('cat(1,2),(30,40)red dog(5,6),(70,80)', [CAT_BOX, DOG_BOX], 'recovered', {}),
        ('[{"bbox_2d":[1,2,30,40],"label":"cat"}]', [CAT_BOX], 'recovered', {}),
        (CAT.replace('(30,40)', '(30)'), [], 'fail', {'wrong_arity': 1}),
        (CAT.replace('30', 'x'), [], 'fail', {'not_a_number': 1}),
        (CAT + DOG[:50], [CAT_BOX], 'recovered', {'incomplete': 1}),
        (CAT + '<|object_ref_start|>red', [CAT_BOX], 'recovered', {'incomplete': 1}),
        (
            '<|object_ref_start|>cat<|object_ref_end|>' + DOG,
            [DOG_BOX],
            'recovered',
            {'wrong_arity': 1},
        ),
        (
            '<|object_ref_start|>cat<|object_ref_end|>'
            '<|quad_start|>(9,2),(30,5),(28,40),(1,38)<|quad_end|>',
            [CAT_BOX],
            'recovered',
            {'polygon': 1},
        ),
    ],
)
def test_answers_give_the_expected_boxes(codec, text, expected, status, counters):
    parsed = codec.decode(text, NAMES, **SIZES)

    assert list(zip(parsed.boxes_xyxy.tolist(), parsed.labels.tolist())) == expected
    assert parsed.status == status
    assert {name: count for name, count in parsed.counters.items() if count} == counters


def test_a_class_name_with_a_tag_is_refused(codec):
    with pytest.raises(InputValueError, match=r'holds "<\|" or a line break'):
        codec.encode([[1, 2, 30, 40]], [0], ('a<|box_end|>',), **SIZES)

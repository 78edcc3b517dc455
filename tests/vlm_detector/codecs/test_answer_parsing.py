import itertools
import json
import random
import re
import time

import numpy as np
import pytest

from vlm_detector.codecs import CODECS, STATUSES, codec_of

NAMES = ('cat', 'traffic light', 'wine glass', '猫')
SIZE = {'image_size_wh': (1000, 1000), 'model_size_wh': (1000, 1000)}
CAT = ([1, 2, 30, 40], 'cat')
LIGHT = ([5, 6, 70, 80], 'traffic light')
CAT_TEXT = '{"bbox_2d":[1,2,30,40],"label":"cat"}'
LIGHT_TEXT = '{"bbox_2d":[5,6,70,80],"label":"traffic light"}'

# answer, expected boxes with labels, status, counters that aren't 0
CORPUS = {
    'as written': (f'[{CAT_TEXT},{LIGHT_TEXT}]', [CAT, LIGHT], 'ok', {}),
    'spaces and lines': (
        '[\n\t{"bbox_2d": [1, 2, 30, 40], "label": "cat"}\n]\n',
        [CAT],
        'ok',
        {},
    ),
    'label first': ('[{"label":"cat","bbox_2d":[1,2,30,40]}]', [CAT], 'ok', {}),
    'empty list': ('[]', [], 'empty_ok', {}),
    'empty list in a fence': ('```json\n[]\n```', [], 'empty_ok', {}),
    'empty list of objects': ('{"objects": []}', [], 'empty_ok', {}),
    'nothing': ('', [], 'fail', {}),
    'blank': (' \n\t', [], 'fail', {}),
    'no list': ('There is no cat in this picture.', [], 'fail', {}),
    'json fence': (f'```json\n[{CAT_TEXT}]\n```', [CAT], 'recovered', {}),
    'plain fence': (f'```\n[{CAT_TEXT}]\n```', [CAT], 'recovered', {}),
    'unclosed fence': (f'```json\n[{CAT_TEXT}]', [CAT], 'recovered', {}),
    'text around': (
        f"Sure, here's what I've found (one cat): [{CAT_TEXT}] That's all.",
        [CAT],
        'recovered',
        {},
    ),
    'thinking': (
        f'<think>Maybe [{LIGHT_TEXT}]? No.</think>\n[{CAT_TEXT}]',
        [CAT],
        'recovered',
        {},
    ),
    'end of thinking only': (f'[9,9,99,99] hm</think>[{CAT_TEXT}]', [CAT], 'recovered', {}),
    'thinking without end': (f'<think>Maybe [{LIGHT_TEXT}]', [], 'fail', {}),
    'single quotes': ("[{'bbox_2d': [1, 2, 30, 40], 'label': 'cat'}]", [CAT], 'recovered', {}),
    'tuple': ("[{'bbox_2d': (1, 2, 30, 40), 'label': 'cat'}]", [CAT], 'recovered', {}),
    'no quotes': (
        '[{bbox_2d: [1,2,30,40], label: traffic light}]',
        [([1, 2, 30, 40], 'traffic light')],
        'recovered',
        {},
    ),
    'typographic quotes': ('[{“bbox_2d”: [1,2,30,40], “label”: “cat”}]', [CAT], 'recovered', {}),
    'backslash quotes': (f'[{CAT_TEXT}]'.replace('"', '\\"'), [CAT], 'recovered', {}),
    'trailing comma': (f'[{CAT_TEXT},{LIGHT_TEXT},]', [CAT, LIGHT], 'recovered', {}),
    'trailing comma in a box': (
        '[{"bbox_2d":[1,2,30,40,],"label":"cat",}]',
        [CAT],
        'recovered',
        {},
    ),
    'missing comma between objects': (f'[{CAT_TEXT} {LIGHT_TEXT}]', [CAT, LIGHT], 'recovered', {}),
    'missing comma in an object': (
        '[{"bbox_2d":[1,2,30,40] "label":"cat"}]',
        [CAT],
        'recovered',
        {},
    ),
    'missing commas in a box': ('[{"bbox_2d":[1 2 30 40],"label":"cat"}]', [CAT], 'recovered', {}),
    'missing bracket of a box': ('[{"bbox_2d":[1,2,30,40,"label":"cat"}]', [CAT], 'recovered', {}),
    'missing brace': (f'[{CAT_TEXT[:-1]},{LIGHT_TEXT}]', [CAT, LIGHT], 'recovered', {}),
    'missing braces': (
        f'[{CAT_TEXT[:-1]},{LIGHT_TEXT[1:]}]',
        [CAT, LIGHT],
        'recovered',
        {},
    ),
    'missing quote': (f'[{CAT_TEXT[:-2]}}},{LIGHT_TEXT}]', [CAT, LIGHT], 'recovered', {}),
    'surplus bracket': ('[{"bbox_2d":[1,2,30,40]],"label":"cat"}]', [CAT], 'recovered', {}),
    'no outer brackets': (f'{CAT_TEXT},{LIGHT_TEXT}', [CAT, LIGHT], 'recovered', {}),
    'no braces': ('"bbox_2d":[1,2,30,40],"label":"cat"', [CAT], 'recovered', {}),
    'one object per line': (f'{CAT_TEXT}\n{LIGHT_TEXT}', [CAT, LIGHT], 'recovered', {}),
    'bare object': (CAT_TEXT, [CAT], 'recovered', {}),
    'list in a list': (f'[[{CAT_TEXT},{LIGHT_TEXT}]]', [CAT, LIGHT], 'recovered', {}),
    'objects inside': (f'{{"objects":[{CAT_TEXT},{LIGHT_TEXT}]}}', [CAT, LIGHT], 'recovered', {}),
    'two lists': (f'[{CAT_TEXT}] and [{LIGHT_TEXT}]', [CAT, LIGHT], 'recovered', {}),
    'boxes of one label': (
        '[{"label":"cat","bbox_2d":[[1,2,30,40],[5,6,70,80]]}]',
        [CAT, ([5, 6, 70, 80], 'cat')],
        'recovered',
        {},
    ),
    'lists of numbers': (
        '[[1,2,30,40,"cat"],["traffic light",5,6,70,80]]',
        [CAT, LIGHT],
        'recovered',
        {},
    ),
    'label beside the box': ('[["cat",[1,2,30,40]]]', [CAT], 'recovered', {}),
    'label as key': (
        '{"cat":[1,2,30,40],"traffic light":[[5,6,70,80]]}',
        [CAT, LIGHT],
        'recovered',
        {},
    ),
    'corner pairs': ('[{"bbox_2d":[[1,2],[30,40]],"label":"cat"}]', [CAT], 'recovered', {}),
    'round pairs': ('[{"bbox":(1,2),(30,40),"label":"cat"}]', [CAT], 'recovered', {}),
    'corners by name': ('[{"x1":1,"y1":2,"x2":30,"y2":40,"label":"cat"}]', [CAT], 'recovered', {}),
    'corners by name inside': (
        '[{"bbox":{"xmin":1,"ymin":2,"xmax":30,"ymax":40},"name":"cat"}]',
        [CAT],
        'recovered',
        {},
    ),
    'key bbox and name': ('[{"bbox":[1,2,30,40],"name":"cat"}]', [CAT], 'recovered', {}),
    'key box and category': ('[{"box":[1,2,30,40],"category":"cat"}]', [CAT], 'recovered', {}),
    'key box_2d and class': ('[{"box_2d":[1,2,30,40],"class":"cat"}]', [CAT], 'recovered', {}),
    'numbers as strings': (
        '[{"bbox_2d":["1","2","30","40"],"label":"cat"}]',
        [CAT],
        'recovered',
        {},
    ),
    'box as a string': ('[{"bbox_2d":"1, 2, 30, 40","label":"cat"}]', [CAT], 'recovered', {}),
    'floats': (
        '[{"bbox_2d":[1.5,2.25,30.0,40e0],"label":"cat"}]',
        [([1.5, 2.25, 30, 40], 'cat')],
        'recovered',
        {},
    ),
    'fields of another kind': (
        '[{"bbox_2d":[1,2,30,40],"label":"cat","score":0.9,"color":[255,0,0]}]',
        [CAT],
        'recovered',
        {},
    ),
    'Chinese label': ('[{"bbox_2d":[1,2,30,40],"label":"猫"}]', [([1, 2, 30, 40], '猫')], 'ok', {}),
    'escaped Chinese label': (
        '[{"bbox_2d":[1,2,30,40],"label":"\\u732b"}]',
        [([1, 2, 30, 40], '猫')],
        'ok',
        {},
    ),
    'label in capitals': (
        '[{"bbox_2d":[1,2,30,40],"label":"Cat"}]',
        [CAT],
        'ok',
        {'mapped_label': 1},
    ),
    'label with underscore and plural': (
        '[{"bbox_2d":[1,2,30,40],"label":"Traffic_Lights"}]',
        [([1, 2, 30, 40], 'traffic light')],
        'ok',
        {'mapped_label': 1},
    ),
    'plural with es': (
        '[{"bbox_2d":[1,2,30,40],"label":"wine glasses"}]',
        [([1, 2, 30, 40], 'wine glass')],
        'ok',
        {'mapped_label': 1},
    ),
    'unknown label': (
        f'[{CAT_TEXT},{{"bbox_2d":[1,2,30,40],"label":"zebra"}}]',
        [CAT],
        'ok',
        {'unknown_label': 1},
    ),
    'no label': ('[{"bbox_2d":[1,2,30,40]}]', [], 'recovered', {'unknown_label': 1}),
    'null label': ('[{"bbox_2d":[1,2,30,40],"label":null}]', [], 'recovered', {'unknown_label': 1}),
    'the same box 200 times': (
        '[' + ','.join([CAT_TEXT] * 200) + ']',
        [CAT],
        'ok',
        {'duplicate': 199},
    ),
    'reversed corners': ('[{"bbox_2d":[30,40,1,2],"label":"cat"}]', [CAT], 'ok', {'swapped': 1}),
    'one axis reversed': ('[{"bbox_2d":[30,2,1,40],"label":"cat"}]', [CAT], 'ok', {'swapped': 1}),
    'out of range': (
        '[{"bbox_2d":[-5,900,70,1200],"label":"cat"}]',
        [([0, 900, 70, 1000], 'cat')],
        'ok',
        {'clipped': 1},
    ),
    'outside': ('[{"bbox_2d":[1100,2,1200,40],"label":"cat"}]', [], 'ok', {'outside': 1}),
    'on the border': ('[{"bbox_2d":[1000,2,1200,40],"label":"cat"}]', [], 'ok', {'outside': 1}),
    'no area': ('[{"bbox_2d":[5,2,5,40],"label":"cat"}]', [], 'ok', {'collapsed': 1}),
    'three numbers': (
        f'[{CAT_TEXT},{{"bbox_2d":[1,2,3],"label":"cat"}}]',
        [CAT],
        'recovered',
        {'wrong_arity': 1},
    ),
    'five numbers': ('[{"bbox_2d":[1,2,3,4,5],"label":"cat"}]', [], 'fail', {'wrong_arity': 1}),
    'no numbers': ('[{"bbox_2d":[],"label":"cat"}]', [], 'fail', {'wrong_arity': 1}),
    'label only': ('[{"label":"cat"}]', [], 'fail', {'wrong_arity': 1}),
    'NaN': (
        f'[{{"bbox_2d":[NaN,2,3,4],"label":"cat"}},{CAT_TEXT}]',
        [CAT],
        'recovered',
        {'not_a_number': 1},
    ),
    'infinite': ('[{"bbox_2d":[1,2,3,1e999],"label":"cat"}]', [], 'fail', {'not_a_number': 1}),
    '5000 digits': (
        f'[{{"bbox_2d":[1,2,3,{"9" * 5000}],"label":"cat"}}]',
        [],
        'fail',
        {'not_a_number': 1},
    ),
    'words for numbers': (
        '[{"bbox_2d":["a","b","c","d"],"label":"cat"}]',
        [],
        'fail',
        {'not_a_number': 1},
    ),
    'digits of another script': (
        '[{"bbox_2d":[١,٢,٣,٤],"label":"cat"}]',
        [],
        'fail',
        {'not_a_number': 1},
    ),
    'null box': ('[{"bbox_2d":null,"label":"cat"}]', [], 'fail', {'not_a_number': 1}),
    'cut in a box': (f'[{CAT_TEXT},{{"bbox_2d":[5,6,7', [CAT], 'recovered', {'incomplete': 1}),
    'cut in a label': (f'[{CAT_TEXT},{LIGHT_TEXT[:-5]}', [CAT], 'recovered', {'incomplete': 1}),
    'cut before the brace': (f'[{CAT_TEXT},{LIGHT_TEXT[:-1]}', [CAT, LIGHT], 'recovered', {}),
    'cut in the first box': ('[{"bbox_2d":[1,2', [], 'fail', {'incomplete': 1}),
    'NUL and surrogates': (f'\x00[{CAT_TEXT}]\ud800', [CAT], 'recovered', {}),
    'quote in a label': (
        '[{"bbox_2d":[9,9,20,20],"label":"19" tv"},' + CAT_TEXT + ']',
        [CAT],
        'recovered',
        {'unknown_label': 1},
    ),
    'number for an answer': ('{"answer": 42}', [], 'fail', {}),
}


def nonzero(parsed):
    return {name: count for name, count in parsed.counters.items() if count}


@pytest.mark.parametrize('case', CORPUS)
def test_malformed_answers_give_the_expected_boxes_and_status(case):
    text, expected, status, counters = CORPUS[case]

    parsed = codec_of('qwen3').decode(text, NAMES, **SIZE)

    found = [(b, NAMES[k]) for b, k in zip(parsed.boxes_xyxy.tolist(), parsed.labels)]
    assert found == [([float(v) for v in box], name) for box, name in expected]
    assert parsed.status == status
    assert nonzero(parsed) == counters


@pytest.mark.parametrize('case', CORPUS)
def test_spans_point_at_the_numbers_and_labels_after_repair_too(case):
    text = CORPUS[case][0]
    parsed = codec_of('qwen3').decode(text, NAMES, **SIZE)

    for box, label, span in zip(parsed.boxes_xyxy, parsed.labels, parsed.spans, strict=True):
        written = [float(text[a:b]) for a, b in span.coordinates]
        np.testing.assert_allclose(np.clip(written, 0, 1000), box)
        name = text[slice(*span.label)].lower().replace('_', ' ')
        assert name.startswith(NAMES[label]) or '\\u' in name


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 40


def test_a_box_without_label_belongs_to_the_only_class():
    for text in (
        '[[1,2,30,40]]',
        '(1,2),(30,40)',
        'Answer: [1, 2, 30, 40]',
        '{"objects":[[1,2,30,40]]}',
    ):
        parsed = codec_of('qwen3').decode(text, ('cat',), **SIZE)

        assert parsed.boxes_xyxy.tolist() == [[1, 2, 30, 40]], text
        assert parsed.labels.tolist() == [0]
        assert parsed.status == 'recovered'


def test_unknown_labels_become_the_other_class_when_there_is_one():
    codec = codec_of({'type': 'Qwen3Codec', 'other_class': 'wine glass'})

    parsed = codec.decode('[{"bbox_2d":[1,2,30,40],"label":"zebra"}]', NAMES, **SIZE)

    assert parsed.labels.tolist() == [2]
    assert nonzero(parsed) == {'other_label': 1}


def test_boxes_behind_the_limit_are_dropped_and_counted():
    parsed = codec_of('qwen3').decode(f'[{CAT_TEXT},{LIGHT_TEXT}]', NAMES, max_boxes=1, **SIZE)

    assert parsed.labels.tolist() == [0]
    assert nonzero(parsed) == {'over_limit': 1}


def test_truncation_is_told_whatever_the_text_holds():
    assert codec_of('qwen3').decode('[]', NAMES, truncated=True, **SIZE).truncated
    assert not codec_of('qwen3').decode('[', NAMES, **SIZE).truncated


BOXES = np.array([[10.0, 20, 300, 400], [30, 50, 700, 800], [120, 600, 240, 999]])


@pytest.mark.parametrize('compact', [True, False])
@pytest.mark.parametrize('name', CODECS)
def test_a_cut_answer_gives_the_complete_boxes_at_every_position(name, compact):
    options = {'compact': compact} if name in ('qwen3', 'qwen2_5', 'norm_json') else {}
    codec = codec_of({'type': type(codec_of(name)).__name__, **options})
    text = codec.encode(BOXES, [0, 1, 2], NAMES, **SIZE)
    whole = codec.decode(text, NAMES, **SIZE)
    lengths = []

    for end in range(len(text) + 1):
        parsed = codec.decode(text[:end], NAMES, truncated=True, **SIZE)

        number = len(parsed.labels)
        np.testing.assert_array_equal(parsed.boxes_xyxy, whole.boxes_xyxy[:number])
        np.testing.assert_array_equal(parsed.labels, whole.labels[:number])
        assert parsed.status in ('fail', 'recovered', 'ok')
        if number == 0 and end < len(text):
            assert parsed.status == 'fail'
        lengths.append(number)

    assert lengths == sorted(lengths)
    assert lengths[-1] >= 2


PIECES = [
    *'[]{}(),:"\'`\\\n\t <>|;',
    *('bbox_2d', 'label', 'cat', 'traffic light', 'NaN', '1e999', '-5', '3', '1000', '0.5', 'null'),
    *('<loc_5>', '<loc0005>', '<poly>', '<sep>', '</poly>', '```json', '</think>', '<think>'),
    *('“', '”', '\x00', '\ud800', '٣', '猫', '<|box_start|>', '<|box_end|>', '<|quad_start|>'),
    *('<|object_ref_start|>', '<|object_ref_end|>', 'x_min', '"bbox_2d":[', '9' * 400, ' ; '),
]


def hostile_answers(codec, seed):
    """Endless answers: random pieces, and valid answers with pieces cut, moved or replaced."""
    rng = random.Random(seed)
    valid = [codec.encode(BOXES[:number], [0, 1, 2][:number], NAMES, **SIZE) for number in range(4)]
    while True:
        if rng.random() < 0.4:
            yield ''.join(rng.choices(PIECES, k=rng.randint(0, 30)))
            continue
        text = rng.choice(valid)
        for _ in range(rng.randint(1, 4)):
            start = rng.randint(0, len(text))
            end = min(len(text), start + rng.choice([0, 1, 2, 5, 20]))
            moved = text[end : end + rng.randint(0, 30)]
            text = text[:start] + (rng.choice(PIECES) if rng.random() < 0.7 else moved) + text[end:]
        yield text


@pytest.mark.parametrize('number', [800, pytest.param(20_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize('name', CODECS)
def test_random_and_mutated_answers_give_valid_boxes(name, number):
    codec = codec_of(name)
    for index, text in enumerate(itertools.islice(hostile_answers(codec, seed=number), number)):
        parsed = codec.decode(
            text,
            NAMES,
            image_size_wh=(640, 480),
            model_size_wh=(644, 476),
            truncated=index % 3 == 0,
        )

        boxes = parsed.boxes_xyxy
        assert np.isfinite(boxes).all(), repr(text)
        assert (boxes >= 0).all() and (boxes <= [640, 480, 640, 480]).all(), repr(text)
        assert (boxes[:, 2:] > boxes[:, :2]).all(), repr(text)
        assert boxes.shape == (len(parsed.labels), 4)
        assert len(parsed.spans) == len(parsed.labels)
        assert set(parsed.labels.tolist()) <= set(range(len(NAMES)))
        assert parsed.status in STATUSES
        assert parsed.status not in ('fail', 'empty_ok') or not len(boxes)
        for span in parsed.spans:
            assert all(re.search('[0-9]', text[a:b]) for a, b in span.coordinates), repr(text)


def long_answers(length):
    """Texts of about that many characters, each made to hurt one part of a reader."""
    n = length
    return {
        'brackets': '[' * n,
        'braces': '{' * n,
        'both': '[{' * (n // 2),
        'closed brackets': '[' * (n // 2) + ']' * (n // 2),
        'crossed': '{' * (n // 2) + ']' * (n // 2),
        'keys without end': '{"a":' * (n // 5),
        'quotes': '"' * n,
        'quotes and spaces': '" ' * (n // 2),
        'open string': '"' + 'a' * n,
        'open string of structure': '"' + '},' * (n // 2),
        'backslashes': '\\' * n,
        'one number': '[' + '9' * n,
        'numbers': '[' + '1,' * (n // 2),
        'strings of numbers': '[' + '"1",' * (n // 4),
        'boxes': '[1,2,3,4],' * (n // 10),
        'pairs': '[1,2],' * (n // 6),
        'round pairs': '(1,2),(3,4)' * (n // 11),
        'open pairs': ('(1' + ' ' * 100) * (n // 102),
        'objects': (CAT_TEXT + ',') * (n // 38),
        'names in lists': '["a",[1,2,3,4],' * (n // 40) + ']' * (n // 40),
        'unquoted words': '[{label: ' + 'cat ' * (n // 4),
        'location tokens': '<loc_5>' * (n // 7),
        'padded location tokens': '<loc0005>' * (n // 9),
        'open location tokens': '<loc_' * (n // 5),
        'labels with locations': 'cat<loc_1><loc_2><loc_3><loc_4>' * (n // 31),
        'spaces behind locations': '<loc0001>' * 4 + ' a' + ' ' * n + ';',
        'spaces before a bracket': 'a' + ' ' * n + '<',
        'polygons': '<poly>' * (n // 6),
        'tags': '<|box_start|>' * (n // 13),
        'labels in tags': '<|object_ref_start|>a<|object_ref_end|>' * (n // 39),
        'thoughts': '<think>' * (n // 7),
    }


@pytest.mark.parametrize('length', [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize('name', CODECS)
def test_a_long_hostile_answer_takes_time_in_proportion_to_its_length(name, length):
    codec = codec_of(name)
    for kind, text in long_answers(length).items():
        started = time.process_time()
        codec.decode(text, NAMES, truncated=True, **SIZE)
        # Half of it is usual for the longest; anything quadratic takes minutes.
        assert time.process_time() - started < 0.5 + length / 1e5, kind


@pytest.mark.parametrize('text', ['{', '[1,2', json.dumps({'a': 1}), 'cat', '[[[', ']', '}', ')'])
@pytest.mark.parametrize('name', CODECS)
def test_fragments_are_failures(name, text):
    assert codec_of(name).decode(text, NAMES, **SIZE).status == 'fail'

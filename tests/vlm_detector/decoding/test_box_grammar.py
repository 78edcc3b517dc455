"""With a grammar every answer parses, ends in time, and jump-forward changes nothing."""

import json

import numpy as np
import pytest
from mmengine.registry import MODELS, TASK_UTILS

from tests.vlm_detector.decoding.tiny_requests import CLASSES, FAMILIES, requests_of, wake_up
from vl_runtime.errors import InputValueError
from vlm_detector.codecs import codec_of
from vlm_detector.decoding import BoxGrammar, GenerationRequest

PROMPTS = [['Locate cat.'], ['Locate 猫 and 狗.', 'Locate every red circle.'], ['Locate a.']]


def engine(limit, *, max_boxes=4, jump_forward=True):
    return MODELS.build(
        {
            'type': 'BatchedGreedyEngine',
            'max_new_tokens': limit,
            'grammar': {'type': 'BoxGrammar', 'max_boxes': max_boxes},
            'jump_forward': jump_forward,
        }
    )


def check(answer, request, codec, *, limit, max_boxes):
    """The answer is exactly what the grammar promises."""
    sizes = {
        'image_size_wh': request.image.image_size_wh,
        'model_size_wh': request.image.model_size_wh,
    }
    parsed = codec.decode(answer.text, request.class_names, **sizes)
    assert parsed.status in ('ok', 'empty_ok'), answer.text
    assert not any(parsed.counters.values()), (answer.text, parsed.counters)
    assert len(parsed.boxes_xyxy) <= max_boxes
    assert answer.finished
    assert len(answer.token_ids) < limit
    assert len(answer.logprobs) == len(answer.token_ids)
    if codec.answer_form == 'bbox_2d':
        largest = codec.coordinate_range(**sizes)
        for box in json.loads(answer.text):
            x1, y1, x2, y2 = box['bbox_2d']
            assert 0 <= x1 < x2 <= largest[0]
            assert 0 <= y1 < y2 <= largest[1]
    return len(parsed.boxes_xyxy)


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('limit', [60, 150])
def test_random_weights_answer_valid_boxes_for_many_seeds(opened, tiny_folder, family, limit):
    it = opened(family)
    requests = requests_of(it.encoder, PROMPTS[:2])
    model = it.encoder.family.load_model(str(tiny_folder(family)))
    boxes = 0
    for seed in range(8):
        found = engine(limit).generate(wake_up(model, seed), it.encoder, it.codec, requests)
        for answer, request in zip(found, requests, strict=True):
            boxes += check(answer, request, it.codec, limit=limit, max_boxes=4)
    assert boxes > 8


@pytest.mark.slow
@pytest.mark.parametrize('family', FAMILIES)
def test_random_weights_answer_valid_boxes_for_64_seeds(opened, tiny_folder, family):
    it = opened(family)
    requests = requests_of(it.encoder, PROMPTS)
    model = it.encoder.family.load_model(str(tiny_folder(family)))
    for seed in range(64):
        limit = 3 + 3 * seed
        found = engine(limit, max_boxes=6).generate(
            wake_up(model, seed), it.encoder, it.codec, requests
        )
        for answer, request in zip(found, requests, strict=True):
            check(answer, request, it.codec, limit=limit, max_boxes=6)


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('limit', [3, 4, 11, 25, 40])
def test_whatever_the_limit_the_answer_is_complete(opened, family, limit):
    it = opened(family)
    requests = requests_of(it.encoder, PROMPTS)
    found = engine(limit).generate(it.model, it.encoder, it.codec, requests)
    for answer, request in zip(found, requests, strict=True):
        check(answer, request, it.codec, limit=limit, max_boxes=4)


@pytest.mark.parametrize('family', ['qwen3_vl', 'qwen2_5_vl'])
@pytest.mark.parametrize('compact', [True, False])
@pytest.mark.parametrize('limit', [45, 200])
def test_jump_forward_gives_the_same_answers(opened, tiny_folder, family, compact, limit):
    it = opened(family)
    codec = TASK_UTILS.build({'type': type(it.codec).__name__, 'compact': compact})
    requests = requests_of(it.encoder, PROMPTS)
    model = it.encoder.family.load_model(str(tiny_folder(family)))
    for seed in range(3):
        wake_up(model, seed)
        jumped = engine(limit).generate(model, it.encoder, codec, requests)
        single = engine(limit, jump_forward=False).generate(model, it.encoder, codec, requests)
        for one, other in zip(jumped, single, strict=True):
            assert one.text == other.text
            assert one.token_ids == other.token_ids
            assert one.finished == other.finished
            np.testing.assert_allclose(one.logprobs, other.logprobs, atol=1e-4)


def test_jump_forward_takes_fewer_steps(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, PROMPTS)
    steps = []
    handle = it.model.model.language_model.register_forward_hook(lambda *_: steps.append(1))
    counts = []
    try:
        for jump_forward in (True, False):
            steps.clear()
            engine(200, jump_forward=jump_forward).generate(
                it.model, it.encoder, it.codec, requests
            )
            counts.append(len(steps))
    finally:
        handle.remove()
    assert counts[1] > 1.5 * counts[0]


def test_forced_text_is_cut_into_tokens_as_the_tokenizer_does(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, PROMPTS)
    found = engine(150).generate(it.model, it.encoder, it.codec, requests)
    key = it.encoder.text_ids('bbox_2d":[')
    text = next(answer for answer in found if answer.text.startswith('[{"bbox'))
    ids = list(text.token_ids)
    assert any(ids[start : start + len(key)] == key for start in range(len(ids)))


def test_a_label_in_any_script_can_be_answered(opened):
    it = opened('qwen3_vl')
    image = requests_of(it.encoder, [['a']])[0].image
    for name in ('猫', 'naïve "q" \\ back', '🙂 face', '3d', '(x)'):
        request = GenerationRequest(image, f'Locate {name}.', (name,), None)
        cursor = BoxGrammar(1).cursors(it.encoder, it.codec, [request], max_new_tokens=100)[0]
        text = json.dumps([{'bbox_2d': [1, 2, 30, 40], 'label': name}], ensure_ascii=False)
        text = text.replace(', "', ',"').replace(': ', ':').replace(', ', ',')
        for token in it.encoder.text_ids(text):
            assert token in cursor.allowed()
            cursor.push(token)
        assert cursor.done


@pytest.mark.parametrize(
    'text',
    [
        '[]',
        '[{"bbox_2d":[0,0,1000,1000],"label":"cat"}]',
        '[{"bbox_2d":[5,6,7,8],"label":"cathedral"},{"bbox_2d":[5,6,7,8],"label":"cat"}]',
        '[{"bbox_2d":[999,999,1000,1000],"label":"red circle"}]',
    ],
)
def test_what_training_writes_is_allowed_token_by_token(opened, text):
    it = opened('qwen3_vl')
    request = requests_of(it.encoder, [['a']])[0]
    cursor = BoxGrammar(2).cursors(it.encoder, it.codec, [request], max_new_tokens=200)[0]
    for token in it.encoder.text_ids(text):
        assert token in cursor.allowed()
        cursor.push(token)
    assert cursor.done


@pytest.mark.parametrize(
    'text, refused',
    [
        ('[{"bbox_2d":[0', '1'),  # leading zero
        ('[{"bbox_2d":[', ','),  # no number
        ('[{"bbox_2d":[100', '1'),  # 1001
        ('[{"bbox_2d":[500,5,', '0'),  # x2 > x1
        ('[{"bbox_2d":[500,5,50', '0'),  # 500 is not > 500
        ('[{"bbox_2d":[1,2,3,4],"label":"', 'dog'),  # no class
        ('[{"bbox_2d":[1,2,3,4],"label":"cat"},{"bbox_2d":[1,2,3,4],"label":"cat', '"}'),  # again
        ('[{"bbox_2d":[1,2,3,4],"label":"cat"},{"bbox_2d":[1,2,3,5],"label":"cat"', '},'),  # 3rd
    ],
)
def test_what_breaks_a_rule_is_not_allowed(opened, text, refused):
    it = opened('qwen3_vl')
    request = requests_of(it.encoder, [['a']])[0]
    cursor = BoxGrammar(2).cursors(it.encoder, it.codec, [request], max_new_tokens=200)[0]
    for token in it.encoder.text_ids(text):
        assert token in cursor.allowed()
        cursor.push(token)
    allowed = [it.encoder.tokenizer.decode([token]) for token in cursor.allowed()]
    assert not any(piece.startswith(refused) for piece in allowed)


def test_location_tokens_follow_a_label_in_fours(opened):
    it = opened('florence2')
    request = requests_of(it.encoder, [['a']])[0]
    cursor = BoxGrammar(3).cursors(it.encoder, it.codec, [request], max_new_tokens=100)[0]
    location = {it.encoder.text_ids(f'<loc_{value}>')[0]: value for value in range(1000)}

    def values():
        return {location[token] for token in cursor.allowed() if token in location}

    def push(text):
        for token in it.encoder.text_ids(text):
            assert token in cursor.allowed()
            cursor.push(token)

    end = it.encoder.end_token_ids[0]
    assert end in cursor.allowed()
    push('cat')
    assert values() == set(range(999))
    push('<loc_10>')
    assert values() == set(range(999))
    push('<loc_20>')
    assert values() == set(range(11, 1000))
    push('<loc_30>')
    assert values() == set(range(21, 1000))
    assert end not in cursor.allowed()
    push('<loc_40>')
    assert end in cursor.allowed()
    push('<loc_10><loc_20><loc_30>')
    assert values() == set(range(21, 1000)) - {40}
    push('<loc_41>red circle<loc_10><loc_20><loc_30><loc_40>')
    assert cursor.allowed().tolist() == [end]


def test_no_class_names_are_refused(opened):
    it = opened('qwen3_vl')
    image = requests_of(it.encoder, [['a']])[0].image
    with pytest.raises(
        InputValueError,
        match=r'^request 0: expected class names for the labels of the grammar, found none\.$',
    ):
        engine(50).generate(
            it.model, it.encoder, it.codec, [GenerationRequest(image, 'Locate.', ())]
        )


def test_a_codec_without_a_grammar_is_refused(opened):
    it = opened('qwen3_vl')

    class Other(type(codec_of('qwen3'))):
        name = answer_form = 'other'

    with pytest.raises(
        InputValueError,
        match=r'^BoxGrammar: expected a codec that writes bbox_2d JSON or loc_tokens, found '
        r"'other'; set decode.grammar to None\.$",
    ):
        engine(50).generate(it.model, it.encoder, Other(), requests_of(it.encoder, [['a']]))


def test_a_limit_below_the_shortest_answer_is_refused(opened):
    it = opened('qwen3_vl')
    with pytest.raises(
        InputValueError,
        match=r'^decode.max_new_tokens: expected at least 3 with a grammar, found 2\.$',
    ):
        engine(2).generate(it.model, it.encoder, it.codec, requests_of(it.encoder, [['a']]))


def test_a_number_of_boxes_below_one_is_refused():
    with pytest.raises(
        InputValueError, match=r'^BoxGrammar.max_boxes: expected an integer >= 1, found 0\.$'
    ):
        MODELS.build({'type': 'BoxGrammar', 'max_boxes': 0})


def test_classes_of_the_tests_are_hard_ones():
    assert any(name.startswith('cat') and name != 'cat' for name in CLASSES)
    assert any('"' in name and '\\' in name for name in CLASSES)

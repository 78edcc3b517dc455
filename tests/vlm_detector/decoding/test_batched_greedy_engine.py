"""Batched generation gives what one picture after the other gives."""

import copy

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from tests.vlm_detector.decoding.tiny_requests import FAMILIES, requests_of, wake_up
from vl_runtime.errors import InputValueError
from vlm_detector.decoding import BatchedGreedyEngine, NaiveEngine

MIXED = [
    ['Locate cat.'],
    ['Locate every instance of dog and of person in this picture.'],
    ['Locate red circle.', 'Locate cat.', 'Locate every dog.'],
    ['Locate a.'],
    ['Locate 猫.', 'Locate 猫 and more.'],
]


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.token_ids == other.token_ids
        assert one.text == other.text
        assert one.finished == other.finished
        assert one.token_spans == other.token_spans
        np.testing.assert_allclose(one.logprobs, other.logprobs, atol=1e-4)


@pytest.mark.parametrize('family', FAMILIES)
@pytest.mark.parametrize('options', [{}, {'batch_size': 3}, {'reuse_prefix': False}])
def test_batched_answers_equal_those_of_the_naive_loop(opened, family, options):
    it = opened(family)
    requests = requests_of(it.encoder, MIXED)

    expected = NaiveEngine(24).generate(it.model, it.encoder, it.codec, requests)
    found = BatchedGreedyEngine(24, **options).generate(it.model, it.encoder, it.codec, requests)

    same(found, expected)
    assert len({answer.token_ids for answer in found}) > 3  # the comparison says something


@pytest.mark.parametrize('family', FAMILIES)
def test_answers_that_end_at_different_times_equal_those_of_the_naive_loop(opened, family):
    it = opened(family)
    requests = requests_of(it.encoder, MIXED)
    free = [a.token_ids for a in NaiveEngine(24).generate(it.model, it.encoder, it.codec, requests)]

    def different_ends(token):
        return len({ids.index(token) if token in ids else len(ids) for ids in free})

    encoder = copy.copy(it.encoder)
    encoder.end_token_ids = (max({t for ids in free for t in ids}, key=different_ends),)

    expected = NaiveEngine(24).generate(it.model, encoder, it.codec, requests)
    found = BatchedGreedyEngine(24).generate(it.model, encoder, it.codec, requests)

    same(found, expected)
    assert len({len(answer.token_ids) for answer in found}) > 2


@pytest.mark.parametrize('family', FAMILIES)
def test_settings_of_the_model_folder_that_sample_or_punish_are_not_used(opened, family):
    it = opened(family)
    requests = requests_of(it.encoder, MIXED[:2])
    engines = NaiveEngine(12), BatchedGreedyEngine(12)
    before = [engine.generate(it.model, it.encoder, it.codec, requests) for engine in engines]
    plain = it.model.generation_config
    odd = copy.deepcopy(plain)
    odd.update(do_sample=True, temperature=2.0, repetition_penalty=2.0, no_repeat_ngram_size=2)
    try:
        it.model.generation_config = odd
        after = [engine.generate(it.model, it.encoder, it.codec, requests) for engine in engines]
        assert it.model.generation_config is odd
    finally:
        it.model.generation_config = plain

    for one, other in zip(before, after, strict=True):
        same(one, other)


def test_the_probability_of_a_token_is_that_of_the_raw_logits(opened):
    it = opened('qwen3_vl')
    request = requests_of(it.encoder, MIXED[:1])[0]
    answer = BatchedGreedyEngine(6).generate(it.model, it.encoder, it.codec, [request])[0]
    ids = it.encoder.prompt_ids(request.prompt, request.image) + list(answer.token_ids)
    batch = it.encoder.batch([{'image': request.image, 'prompt_ids': ids}])

    with torch.no_grad():
        logits = it.model(**batch).logits[0]
    start = len(ids) - len(answer.token_ids)
    expected = logits.log_softmax(-1)[range(start - 1, len(ids) - 1), list(answer.token_ids)]

    np.testing.assert_allclose(answer.logprobs, expected.numpy(), atol=1e-4)


@pytest.mark.parametrize('family', FAMILIES)
def test_the_model_is_left_in_the_mode_that_it_was_in(opened, family):
    it = opened(family)
    requests = requests_of(it.encoder, MIXED[:2])
    frozen = next(module for name, module in it.model.named_modules() if name.endswith('layers.0'))
    it.model.train()
    frozen.eval()
    it.model.gradient_checkpointing_enable({'use_reentrant': False})
    try:
        modes = [module.training for module in it.model.modules()]
        in_training = BatchedGreedyEngine(8).generate(it.model, it.encoder, it.codec, requests)
        assert [module.training for module in it.model.modules()] == modes
        assert it.model.is_gradient_checkpointing
    finally:
        it.model.gradient_checkpointing_disable()
        it.model.eval()

    same(in_training, NaiveEngine(8).generate(it.model, it.encoder, it.codec, requests))


def test_what_a_model_remembers_of_positions_is_as_before(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, MIXED)
    it.model.model.rope_deltas = None

    for engine in (NaiveEngine(3), BatchedGreedyEngine(3)):
        engine.generate(it.model, it.encoder, it.codec, requests)
        assert it.model.model.rope_deltas is None


@pytest.mark.parametrize('family', FAMILIES)
def test_the_vision_tower_sees_each_picture_once(opened, family):
    it = opened(family)
    requests = requests_of(it.encoder, MIXED)
    tower = it.model.model.vision_tower if family == 'florence2' else it.model.model.visual
    seen = []
    handle = tower.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(
            len(args[0]) if family == 'florence2' else len(kwargs['grid_thw'])
        ),
        with_kwargs=True,
    )
    try:
        BatchedGreedyEngine(4).generate(it.model, it.encoder, it.codec, requests)
    finally:
        handle.remove()

    assert sum(seen) == len(MIXED)


def test_more_prompts_for_a_picture_than_the_batch_size_read_it_once(opened):
    it = opened('qwen3_vl')
    requests = requests_of(it.encoder, [[f'Locate {name}.' for name in 'abcdefg']])
    seen = []
    handle = it.model.model.visual.register_forward_pre_hook(lambda *_: seen.append(1))
    try:
        found = BatchedGreedyEngine(8, 3).generate(it.model, it.encoder, it.codec, requests)
    finally:
        handle.remove()

    assert seen == [1]
    same(found, NaiveEngine(8).generate(it.model, it.encoder, it.codec, requests))


def test_equal_prompts_for_one_picture_give_equal_answers(opened):
    it = opened('qwen3_vl')
    requests = 3 * requests_of(it.encoder, [['Locate cat.']])
    found = BatchedGreedyEngine(8).generate(it.model, it.encoder, it.codec, requests)
    assert found[0].token_ids == found[1].token_ids == found[2].token_ids


def test_no_request_gives_no_answer(opened):
    it = opened('qwen3_vl')
    assert BatchedGreedyEngine(8).generate(it.model, it.encoder, it.codec, []) == []


def test_a_peft_model_answers_with_its_adapter(opened, tiny_folder):
    import peft

    it = opened('qwen3_vl')
    model = wake_up(it.encoder.family.load_model(str(tiny_folder('qwen3_vl'))), seed=1)
    lora = peft.LoraConfig(target_modules=r'.*(q|v)_proj', init_lora_weights=False)
    adapted = peft.get_peft_model(model, lora).eval()
    requests = requests_of(it.encoder, MIXED)

    found = BatchedGreedyEngine(12).generate(adapted, it.encoder, it.codec, requests)

    same(found, NaiveEngine(12).generate(adapted, it.encoder, it.codec, requests))
    plain = BatchedGreedyEngine(12).generate(it.model, it.encoder, it.codec, requests)
    assert [a.token_ids for a in found] != [a.token_ids for a in plain]


def test_one_key_for_two_pictures_is_refused(opened):
    it = opened('qwen3_vl')
    first, second = requests_of(it.encoder, [['Locate a.'], ['Locate a.']])
    second = type(second)(second.image, second.prompt, second.class_names, first.image_key)
    with pytest.raises(
        InputValueError,
        match=r'^request 1: expected image_key 0 to stand for one picture, found sizes '
        r'\(96, 64\) and \(70, 150\)\.$',
    ):
        BatchedGreedyEngine(8).generate(it.model, it.encoder, it.codec, [first, second])


def test_a_limit_beyond_the_decoders_positions_is_refused(opened):
    it = opened('florence2')
    with pytest.raises(
        InputValueError,
        match=r'^decode.max_new_tokens: expected at most 255 for this model \(its decoder has 256 '
        r'positions\), found 300\.$',
    ):
        BatchedGreedyEngine(300).generate(
            it.model, it.encoder, it.codec, requests_of(it.encoder, MIXED)
        )


@pytest.mark.parametrize('name', ['max_new_tokens', 'batch_size'])
@pytest.mark.parametrize('value', [0, 'many'])
def test_impossible_limits_are_refused(name, value):
    with pytest.raises(
        InputValueError, match=f'^decode.{name}: expected an integer >= 1, found {value!r}.$'
    ):
        MODELS.build({'type': 'BatchedGreedyEngine', name: value})


def test_engines_are_built_from_registry_dicts():
    engine = MODELS.build(
        {'type': 'BatchedGreedyEngine', 'grammar': {'type': 'BoxGrammar', 'max_boxes': 7}}
    )
    assert engine.grammar.max_boxes == 7
    assert MODELS.build({'type': 'NaiveEngine', 'max_new_tokens': 5}).max_new_tokens == 5

"""The tiny tokenizers: the genuine classes, special tokens and rules, re-loaded unchanged."""

import pytest
from transformers import AutoTokenizer

from vlm_detector.families.tiny import tiny_florence_tokenizer, tiny_qwen_tokenizer
from vlm_detector.families.tiny.tiny_tokenizers import FLORENCE_TASK_TOKENS, QWEN_SPECIAL_TOKENS

QWEN_TEXT = '[{"bbox_2d":[12,345,67,890],"label":"red star"}]<|im_end|>\n'
QWEN_PIECES = (
    *('[{"', 'bbox', '_', '2', 'd', '":[', '1', '2', ',', '3', '4', '5', ',', '6', '7', ','),
    *('8', '9', '0', '],"', 'label', '":"', 'red', ' star', '"}]', '<|im_end|>', '\n'),
)
FLORENCE_TEXT = 'red star<loc_1><loc_999><loc_34><loc_5>cat'
FLORENCE_PIECES = (
    *('<s>', 'red', ' star', '<loc_1>', '<loc_999>', '<loc_34>', '<loc_5>', 'cat', '</s>'),
)
BUILDERS = {'qwen': tiny_qwen_tokenizer, 'florence': tiny_florence_tokenizer}


@pytest.mark.parametrize(
    'name, text, pieces',
    [
        ('qwen', QWEN_TEXT, QWEN_PIECES),
        ('florence', FLORENCE_TEXT, FLORENCE_PIECES),
    ],
)
def test_a_fixed_sentence_has_the_same_ids_after_saving(name, text, pieces, tmp_path):
    tokenizer = BUILDERS[name]()
    ids = tokenizer(text)['input_ids']
    assert tuple(tokenizer.decode([index]) for index in ids) == pieces

    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)

    assert loaded(text)['input_ids'] == ids == BUILDERS[name]()(text)['input_ids']
    assert (loaded.eos_token, loaded.pad_token, loaded.image_token) == (
        tokenizer.eos_token,
        tokenizer.pad_token,
        tokenizer.image_token,
    )


def test_the_special_tokens_of_qwen_stand_at_the_end_in_the_released_order():
    tokenizer = tiny_qwen_tokenizer()
    released = range(151643, 151657)  # <|endoftext|> .. <|video_pad|>

    ids = tokenizer.convert_tokens_to_ids(list(QWEN_SPECIAL_TOKENS))

    assert [index - ids[0] for index in ids] == [index - released[0] for index in released]
    assert ids[-1] == len(tokenizer) - 1
    assert (tokenizer.eos_token, tokenizer.pad_token) == ('<|im_end|>', '<|endoftext|>')


def test_florence_has_the_ids_of_bart_and_a_thousand_locations():
    tokenizer = tiny_florence_tokenizer()

    first = tokenizer.convert_tokens_to_ids(['<s>', '<pad>', '</s>', '<unk>'])
    locations = tokenizer.convert_tokens_to_ids([f'<loc_{index}>' for index in range(1000)])

    assert first == [0, 1, 2, 3]
    assert locations == list(range(locations[0], locations[0] + 1000))
    assert tokenizer.convert_tokens_to_ids(list(FLORENCE_TASK_TOKENS))[-1] == len(tokenizer) - 1
    assert tokenizer('cat')['input_ids'][0] == 0 and tokenizer('cat')['input_ids'][-1] == 2


@pytest.mark.parametrize('name', BUILDERS)
@pytest.mark.parametrize('text', ['a  b', '日本 star', '"é"\n\n x', '\U0001f600'])
def test_any_text_survives_encoding_and_decoding(name, text):
    tokenizer = BUILDERS[name]()

    ids = tokenizer(text, add_special_tokens=False)['input_ids']

    assert tokenizer.decode(ids) == text


@pytest.mark.parametrize('name', BUILDERS)
def test_words_of_the_corpus_become_single_tokens(name):
    plain, taught = BUILDERS[name](), BUILDERS[name](['hexagon'])

    assert len(plain('hexagon', add_special_tokens=False)['input_ids']) > 1
    assert len(taught('hexagon', add_special_tokens=False)['input_ids']) == 1

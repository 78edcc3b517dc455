"""Tokens as symbols: bytes one by one, added tokens as a whole."""

import pytest

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.token_index import (
    TokenIndex,
    added_symbol,
    text_symbols,
    token_index_of,
)


def test_the_symbols_of_a_text_are_those_of_its_tokens(opened):
    for family in ('qwen3_vl', 'florence2'):
        encoder = opened(family).encoder
        index = token_index_of(encoder.tokenizer)
        text = 'a 猫 "x"\\n\n\t é'
        ids = encoder.text_ids(text)
        assert ''.join(index.symbols[token] for token in ids) == text_symbols(text)
        assert b''.join(index.text_pieces(ids)).decode() == text
        assert index.encode(text_symbols(text)) == ids


def test_an_added_token_is_one_symbol_and_cannot_be_spelled(opened):
    encoder = opened('florence2').encoder
    index = token_index_of(encoder.tokenizer)
    token = index.added_tokens['<loc_12>']
    assert index.symbols[token] == added_symbol(token)
    assert index.ids_of('<loc_12>') == ()
    assert index.encode('cat' + added_symbol(token))[-1] == token
    assert index.text_pieces([token]) == [b'<loc_12>']


def test_beginnings_of_tokens_are_known(opened):
    index = token_index_of(opened('qwen3_vl').encoder.tokenizer)
    assert index.extends('bbo') and index.extends('bbox')
    assert not index.extends('bboxx')
    assert index.ids_of('bbo') == () or index.extends('bbo')


def test_digits_are_single_tokens_in_qwen(opened):
    assert token_index_of(opened('qwen3_vl').encoder.tokenizer).single_digits


def test_the_greedy_count_takes_the_longest_token_each_time(opened):
    index = token_index_of(opened('qwen3_vl').encoder.tokenizer)
    text, count, rest = 'bbox_2d":[12', 0, 'bbox_2d":[12'
    while rest:
        length = max(n for n in range(1, len(rest) + 1) if index.ids_of(rest[:n]))
        rest, count = rest[length:], count + 1
    assert index.greedy_count(text) == count


def test_a_tokenizer_is_indexed_once(opened):
    tokenizer = opened('qwen3_vl').encoder.tokenizer
    assert token_index_of(tokenizer) is token_index_of(tokenizer)


def test_a_tokenizer_that_is_not_byte_level_is_refused():
    class Words:
        added_tokens_decoder = {}

        def get_vocab(self):
            return {'▁cat': 0}

    with pytest.raises(
        InputValueError,
        match=r"^tokenizer: expected byte-level tokens, found '▁cat' \(id 0\); decode without a "
        r'grammar\.$',
    ):
        TokenIndex(Words())

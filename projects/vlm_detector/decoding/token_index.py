"""The tokens of a byte-level tokenizer as strings of symbols, ready for prefix look-ups.

A symbol is one character of a Python string: ``chr(0)`` to ``chr(255)`` stand for a byte of
UTF-8 text, ``chr(0x10000 + id)`` for an added token (``<loc_12>``) as a whole. So a grammar
over symbols never spells an added token out of ordinary ones, and a label in any script is
a plain sequence of bytes.
"""

from __future__ import annotations

import weakref
from bisect import bisect_left
from typing import TYPE_CHECKING

from vl_runtime.errors import InputValueError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_FIRST_ADDED = 0x10000


def added_symbol(token_id: int) -> str:
    """The symbol of an added token."""
    return chr(_FIRST_ADDED + token_id)


def text_symbols(text: str) -> str:
    """``text`` as symbols: one per byte of its UTF-8 form."""
    return text.encode('utf-8').decode('latin-1')


class TokenIndex:
    """All tokens by their symbols; built once per tokenizer, see ``token_index_of``.

    Attributes:
        symbols: per token id its string of symbols.
        added_tokens: content of an added token -> id.

    Raises:
        InputValueError: the tokenizer is not byte-level.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        added = {token_id: str(token) for token_id, token in tokenizer.added_tokens_decoder.items()}
        vocabulary = tokenizer.get_vocab()
        bytes_of = _byte_of_character()
        self.added_tokens = {content: token_id for token_id, content in added.items()}
        self.symbols: dict[int, str] = {}
        for token, token_id in vocabulary.items():
            if token_id in added:
                self.symbols[token_id] = added_symbol(token_id)
                continue
            try:
                self.symbols[token_id] = token.translate(bytes_of)
            except ValueError as error:
                raise InputValueError(
                    f'tokenizer: expected byte-level tokens, found {token!r} (id {token_id}); '
                    'decode without a grammar.'
                ) from error
        self._ids: dict[str, tuple[int, ...]] = {}
        for token_id, symbols in self.symbols.items():
            self._ids[symbols] = (*self._ids.get(symbols, ()), token_id)
        self._sorted = sorted(self._ids)
        self._tokenizer = weakref.ref(tokenizer)
        self.single_digits = not any(
            len(token) > 1
            for token in self._sorted[bisect_left(self._sorted, '0') :]
            if token < ':'
        )

    def ids_of(self, symbols: str) -> tuple[int, ...]:
        """The tokens (usually one, or none) that are exactly ``symbols``."""
        return self._ids.get(symbols, ())

    def extends(self, symbols: str) -> bool:
        """Whether some token starts with ``symbols``."""
        place = bisect_left(self._sorted, symbols)
        return place < len(self._sorted) and self._sorted[place].startswith(symbols)

    def greedy_count(self, symbols: str) -> int:
        """How many tokens ``symbols`` takes when the longest one is taken each time."""
        start = count = 0
        while start < len(symbols):
            length = best = 1
            while start + length <= len(symbols):
                piece = symbols[start : start + length]
                if piece in self._ids:
                    best = length
                elif not self.extends(piece):
                    break
                length += 1
            start, count = start + best, count + 1
        return count

    def encode(self, symbols: str) -> list[int]:
        """The tokenizer's own tokens of ``symbols``; broken characters at the end are replaced."""
        parts = []
        for symbol in symbols:
            code = ord(symbol)
            if code < _FIRST_ADDED:
                parts.append(bytes([code]))
            else:
                tokenizer = self._tokenizer()
                parts.append(tokenizer.convert_ids_to_tokens(code - _FIRST_ADDED).encode('utf-8'))
        text = b''.join(parts).decode('utf-8', errors='replace')
        return self._tokenizer()(text, add_special_tokens=False)['input_ids']

    def text_pieces(self, token_ids: list[int] | tuple[int, ...]) -> list[bytes]:
        """The bytes that each token adds to the text; an added token adds its content."""
        contents = {token_id: content for content, token_id in self.added_tokens.items()}
        return [
            contents[token_id].encode('utf-8')
            if token_id in contents
            else self.symbols.get(token_id, '').encode('latin-1')
            for token_id in token_ids
        ]


class _ByteOfCharacter(dict):
    def __missing__(self, character: int) -> str:
        raise ValueError(character)


def _byte_of_character() -> dict[int, str]:
    """The characters that byte-level vocabularies write for bytes -> the byte as a symbol.

    Printable bytes stand for themselves; the others, in order, are written as the
    characters from 256 on. Source: the vocabulary format of GPT-2.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    table = _ByteOfCharacter({byte: chr(byte) for byte in printable})
    table.update({256 + place: chr(byte) for place, byte in enumerate(others)})
    return table


_INDEXES: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def token_index_of(tokenizer: PreTrainedTokenizerFast) -> TokenIndex:
    """The index of ``tokenizer``, built at its first use and kept as long as the tokenizer."""
    if tokenizer not in _INDEXES:
        _INDEXES[tokenizer] = TokenIndex(tokenizer)
    return _INDEXES[tokenizer]

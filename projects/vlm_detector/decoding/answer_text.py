"""From generated tokens to an answer with the place of every token in the text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.token_index import token_index_of

if TYPE_CHECKING:
    from vlm_detector.families.conversation_encoder import ConversationEncoder


def answer_of(
    encoder: ConversationEncoder,
    token_ids: Sequence[int],
    logprobs: Sequence[float],
    *,
    finished: bool,
) -> GeneratedAnswer:
    """The answer that these tokens (without an end token) and log-probabilities make."""
    text = encoder.decode(token_ids)
    return GeneratedAnswer(
        text=text,
        token_ids=tuple(int(token_id) for token_id in token_ids),
        logprobs=np.asarray(logprobs, dtype=np.float64),
        token_spans=token_spans(encoder, token_ids),
        finished=finished,
    )


def token_spans(
    encoder: ConversationEncoder, token_ids: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Per token the characters [start, end) of the decoded text that hold bytes of it."""
    silent = {*encoder.end_token_ids, encoder.pad_token_id, *encoder.decoder_prefix_ids}
    pieces = token_index_of(encoder.tokenizer).text_pieces(token_ids)
    pieces = [b'' if t in silent else piece for t, piece in zip(token_ids, pieces, strict=True)]
    joined = b''.join(pieces)
    return character_spans(joined, list(pairwise([0, *accumulate(map(len, pieces))])))


def character_spans(
    joined: bytes, byte_spans: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Spans of bytes as spans of the characters that they are a part of."""
    if joined.isascii():
        return tuple(byte_spans)
    return tuple(_characters(joined, start, end) for start, end in byte_spans)


def _characters(joined: bytes, start: int, end: int) -> tuple[int, int]:
    """The characters that the bytes [start, end) are a part of."""
    first = len(joined[:start].decode('utf-8', errors='replace'))
    if first and not _is_border(joined, start):
        first -= 1
    return first, max(first, len(joined[:end].decode('utf-8', errors='replace')))


def _is_border(joined: bytes, place: int) -> bool:
    """Whether a character begins at ``place`` (or the text ends there)."""
    return place >= len(joined) or joined[place] & 0xC0 != 0x80

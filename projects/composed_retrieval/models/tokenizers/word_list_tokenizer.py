"""A small BERT tokenizer made of a list of words."""

from __future__ import annotations

import string
from collections.abc import Iterable

from mmengine.registry import TASK_UTILS

from composed_retrieval.models.layers.transformers_library import import_transformers
from composed_retrieval.models.tokenizers.caption_tokenizer import CaptionTokenizer
from vl_runtime.errors import InputValueError

_SPECIAL = ('[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]')
_PUNCTUATION = ",-'?"


@TASK_UTILS.register_module()
class WordListTokenizer(CaptionTokenizer):
    """WordPiece whose whole words are given; all other words are spelt in letters and digits.

    The same words give the same entries in every process, whatever their order.

    Args:
        words: texts; each of their words becomes one entry.
        max_tokens: see ``CaptionTokenizer``.

    Raises:
        InputValueError: no word at all.
    """

    def __init__(self, words: Iterable[str], max_tokens: int = 32) -> None:
        whole = sorted({word for text in words for word in text.lower().split()})
        if not whole:
            raise InputValueError('model.tokenizer.words: expected words, found none.')
        letters = string.ascii_lowercase + string.digits
        pieces = [*letters, *_PUNCTUATION, *(f'##{letter}' for letter in letters), *whole]
        entries = dict.fromkeys([*_SPECIAL, *pieces])
        vocabulary = {entry: index for index, entry in enumerate(entries)}
        super().__init__(import_transformers().BertTokenizer(vocab=vocabulary), max_tokens)

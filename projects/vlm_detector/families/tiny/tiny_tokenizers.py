"""Byte-level tokenizers of a few hundred entries: the families' own classes and special tokens.

Only the merges are few (they are learnt from some lines of text). How text is split
(Qwen: every digit alone), how bytes are written and which special tokens exist, and
in which order, is as in the released tokenizers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vl_runtime.compat.optional import require

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

QWEN_SPECIAL_TOKENS = (
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
    '<|object_ref_start|>',
    '<|object_ref_end|>',
    '<|box_start|>',
    '<|box_end|>',
    '<|quad_start|>',
    '<|quad_end|>',
    '<|vision_start|>',
    '<|vision_end|>',
    '<|vision_pad|>',
    '<|image_pad|>',
    '<|video_pad|>',
)
_BART_SPECIAL_TOKENS = ('<s>', '<pad>', '</s>', '<unk>', '<mask>')
_NUM_LOCATIONS = 1000
FLORENCE_TASK_TOKENS = (
    *('<od>', '</od>', '<ocr>', '</ocr>'),
    *(f'<loc_{index}>' for index in range(_NUM_LOCATIONS)),
    *('<cap>', '</cap>', '<ncap>', '</ncap>', '<dcap>', '</dcap>', '<grounding>', '</grounding>'),
    *('<seg>', '</seg>', '<region_cap>', '</region_cap>'),
    # Spelt so in the released tokenizer.
    *('<region_to_desciption>', '</region_to_desciption>'),
    *('<proposal>', '</proposal>', '<poly>', '</poly>', '<sep>', '<and>'),
)
# What merges are learnt from when the caller gives no text: words of prompts, answers, labels.
_WORDS = (
    *('red', 'green', 'blue', 'yellow', 'circle', 'square', 'triangle', 'star'),
    *('cat', 'dog', 'person', 'car', 'bird', 'boat'),
)
DEFAULT_CORPUS = (
    *(f'{first} {second}' for first in _WORDS for second in _WORDS),
    *('Locate every instance of the categories: cat, dog. Report bbox coordinates in JSON format.',)
    * 20,
    *('Locate the objects with category name in the image.',) * 20,
    *('Locate cat in the image.', 'Locate the phrases in the caption: a dog') * 20,
    *('user', 'assistant', 'system', 'You are a helpful assistant.') * 20,
    *(f'[{{"bbox_2d":[{i},2,{i},4],"label":"cat"}},{{"bbox_2d":[' for i in range(40)),
    *(f'[{{"bbox_2d": [{i}, 2, {i}, 4], "label": "dog"}}, {{"bbox_2d": [' for i in range(40)),
    *(f'"label":"{word}"}}]' for word in _WORDS),
)
_MAX_MERGED_ENTRIES = 600  # bytes and merges; the texts above need fewer


def tiny_qwen_tokenizer(corpus: Iterable[str] = ()) -> PreTrainedTokenizerFast:
    """A ``Qwen2Tokenizer`` with the special tokens of Qwen2-VL, Qwen2.5-VL and Qwen3-VL.

    Args:
        corpus: texts whose words become single tokens, beside those of ``DEFAULT_CORPUS``.
    """
    transformers = _transformers()
    tokenizers = require('tokenizers', 'A tiny tokenizer', 'pip install tokenizers')
    empty = transformers.Qwen2Tokenizer()
    vocabulary, merges = _learn_merges(empty.backend_tokenizer.pre_tokenizer, corpus)
    vocabulary |= {t: i for i, t in enumerate(QWEN_SPECIAL_TOKENS, start=len(vocabulary))}
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token=None,
        eos_token='<|im_end|>',
        pad_token='<|endoftext|>',
        extra_special_tokens={
            'image_token': '<|image_pad|>',
            'video_token': '<|video_pad|>',
            'vision_bos_token': '<|vision_start|>',
            'vision_eos_token': '<|vision_end|>',
        },
        padding_side='left',
        model_max_length=4096,
    )
    tokenizer.add_tokens([tokenizers.AddedToken(t, special=True) for t in QWEN_SPECIAL_TOKENS])
    return tokenizer


def tiny_florence_tokenizer(corpus: Iterable[str] = ()) -> PreTrainedTokenizerFast:
    """A ``BartTokenizer`` with the location and task tokens of Florence-2.

    Args:
        corpus: texts whose words become single tokens, beside those of ``DEFAULT_CORPUS``.
    """
    transformers = _transformers()
    tokenizers = require('tokenizers', 'A tiny tokenizer', 'pip install tokenizers')
    empty = transformers.BartTokenizer()
    learnt, merges = _learn_merges(empty.backend_tokenizer.pre_tokenizer, corpus)
    vocabulary = {token: index for index, token in enumerate(_BART_SPECIAL_TOKENS)}
    vocabulary |= {token: index + len(_BART_SPECIAL_TOKENS) for token, index in learnt.items()}
    tokenizer = transformers.BartTokenizer(
        vocab=vocabulary,
        merges=merges,
        extra_special_tokens={'image_token': '<image>'},
        model_max_length=1024,
    )
    tokenizer.add_tokens([tokenizers.AddedToken(t, special=True) for t in FLORENCE_TASK_TOKENS])
    return tokenizer


def _learn_merges(
    pre_tokenizer: object, corpus: Iterable[str]
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Entries (in the order of their ids) and merges of a byte-level BPE."""
    tokenizers = require('tokenizers', 'A tiny tokenizer', 'pip install tokenizers')
    learner = tokenizers.Tokenizer(tokenizers.models.BPE())
    learner.pre_tokenizer = pre_tokenizer
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=_MAX_MERGED_ENTRIES,
        min_frequency=2,
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # Twice: what the caller gives once is frequent enough for a token of its own.
    learner.train_from_iterator([*DEFAULT_CORPUS, *(2 * list(corpus))], trainer)
    merges = json.loads(learner.to_str())['model']['merges']
    entries = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    return dict(entries), [tuple(pair) for pair in merges]


def _transformers() -> object:
    return require('transformers', 'A tiny vision-language model', "pip install 'mmground[vlm]'")

"""The box codec of a model: the family's own unless a recipe names another."""

from __future__ import annotations

import logging
from typing import Any

from mmengine.logging import print_log

from vlm_detector.codecs import BoxCodec, codec_of
from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.families.model_loading import require_tokens


def codec_for(encoder: ConversationEncoder, codec: str | dict[str, Any] | None = None) -> BoxCodec:
    """The codec for the model of ``encoder``.

    Args:
        encoder: of the model.
        codec: its name, or a registry dict (``dict(type='Qwen3Codec', order='random')``); None
            takes the one that the family was trained with. Another one than that is logged.

    Raises:
        InputValueError: the tokenizer lacks a token that the codec writes.
    """
    family = encoder.family
    built = codec_of(family.codec_name if codec is None else codec)
    if built.name != family.codec_name:
        print_log(
            f'model.codec: {family.name} was trained to write boxes as {family.codec_name!r}, the '
            f'recipe asks for {built.name!r}; it has to learn that form.',
            logger='current',
            level=logging.WARNING,
        )
    require_tokens(encoder.tokenizer, built.special_tokens, encoder.source.name)
    return built

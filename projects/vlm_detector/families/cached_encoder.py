"""One encoder for each model folder and process: tokenizers are slow to open."""

from __future__ import annotations

import functools

from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.families.known_families import family_of
from vlm_detector.families.model_source import ModelSource


@functools.lru_cache(maxsize=4)
def cached_encoder(
    family: str,
    source: str | ModelSource,
    min_pixels: int | None = None,
    max_pixels: int | None = None,
) -> ConversationEncoder:
    """The encoder of ``Family.load_encoder``; the same object for the same arguments."""
    return family_of(family).load_encoder(source, min_pixels=min_pixels, max_pixels=max_pixels)

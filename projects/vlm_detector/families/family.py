"""What the toolkit knows of a family of vision-language models."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from vl_runtime.errors import InputKeyError, did_you_mean
from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.families.model_loading import load_pretrained, load_processor
from vlm_detector.families.model_source import ModelSource, locate_source, require_family

PARTS = ('language', 'projector', 'vision')


class Family(ABC):
    """The functions that every family has; the instances keep no state.

    Attributes:
        name: in recipes.
        model_type: in ``config.json`` of a model folder.
        codec_name: how the family writes boxes.
        encoder_decoder: the prompt goes to an encoder, the answer comes from a decoder.
        required_tokens: what the tokenizer must know, each as one token.
        part_prefixes: names of modules for each of ``PARTS``; the longest prefix decides.
        target_patterns: regular expressions of the linear layers of each part, for LoRA.
    """

    name: str
    model_type: str
    codec_name: str
    encoder_decoder: bool
    required_tokens: tuple[str, ...]
    part_prefixes: Mapping[str, tuple[str, ...]]
    target_patterns: Mapping[str, str]

    def load_model(
        self,
        source: str | ModelSource,
        *,
        dtype: str = 'float32',
        attn_implementation: str | None = None,
        quantization: Any = None,
    ) -> nn.Module:
        """The pretrained model, in evaluation mode.

        Args:
            source: a local folder, or the name of a model on the hub.
            dtype: 'float32', 'bfloat16', 'float16', or 'auto' as the files have it.
            attn_implementation: 'sdpa', 'eager', 'flash_attention_2'; transformers chooses by
                default.
            quantization: transformers' quantisation config, or None.

        Raises:
            InputFileNotFoundError, InputValueError: the model is not there, not complete, or of
                another family.
        """
        located = locate_source(source)
        require_family(located, self.model_type)
        return load_pretrained(
            located,
            dtype=dtype,
            attn_implementation=attn_implementation,
            quantization=quantization,
        )

    def load_encoder(
        self,
        source: str | ModelSource,
        *,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
    ) -> ConversationEncoder:
        """Tokenizer and image processor, without the model.

        Args:
            source: as for ``load_model``.
            min_pixels, max_pixels: least and most pixels (an area) of a resized picture; those
                of the model folder by default. Not for a family with one fixed size.

        Raises:
            InputFileNotFoundError, InputValueError: as for ``load_model``; or the tokenizer
                lacks a token, or the limits can't be used.
        """
        located = locate_source(source)
        config = require_family(located, self.model_type)
        processor = load_processor(located, self.required_tokens)
        limits = (min_pixels, max_pixels)
        return self._encoder(located, processor, config, pixel_limits=limits)

    def part_of(self, parameter_name: str) -> str:
        """The part of ``PARTS`` that a parameter or module belongs to.

        Raises:
            InputKeyError: the name belongs to no part of this family.
        """
        best = ('', '')
        for part, prefixes in self.part_prefixes.items():
            for prefix in prefixes:
                if _is_below(parameter_name, prefix) and len(prefix) > len(best[0]):
                    best = (prefix, part)
        if not best[1]:
            raise InputKeyError(
                f'{self.name}: {parameter_name!r} belongs to none of {", ".join(PARTS)}.'
            )
        return best[1]

    def parts(self, model: nn.Module) -> dict[str, list[str]]:
        """The names of the parameters of ``model`` for each part."""
        named: dict[str, list[str]] = {part: [] for part in PARTS}
        for parameter, _ in model.named_parameters():
            named[self.part_of(parameter)].append(parameter)
        return named

    def lora_targets(self, parts: Sequence[str] | str) -> str:
        """One regular expression of the full names of the layers that get an adapter.

        Args:
            parts: any of ``PARTS``, or a regular expression, which is returned as it is.

        Raises:
            InputKeyError: an unknown part.
        """
        if isinstance(parts, str):
            return parts
        for part in parts:
            if part not in self.target_patterns:
                raise InputKeyError(
                    f'lora.parts: expected some of {", ".join(PARTS)}, found {part!r}.'
                    + did_you_mean(str(part), PARTS)
                )
        return '|'.join(f'(?:{self.target_patterns[part]})' for part in parts)

    def part_patterns_match(self, module_name: str) -> bool:
        """Whether a module is one of the linear layers that LoRA adapts."""
        return re.fullmatch(self.lora_targets(PARTS), module_name) is not None

    @abstractmethod
    def _encoder(
        self, located: ModelSource, processor: Any, config: dict, *, pixel_limits: tuple
    ) -> ConversationEncoder:
        """The encoder of this family; ``config`` is the content of config.json."""


def _is_below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f'{prefix}.')

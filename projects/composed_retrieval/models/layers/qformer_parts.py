"""The modules of a Q-Former, with random weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from composed_retrieval.models.layers.transformers_library import import_blip2, import_transformers
from vl_runtime.errors import InputKeyError


@dataclass(frozen=True, kw_only=True)
class QFormerSettings:
    """The ``qformer`` dict of a retrieval model; names are transformers' where it has them.

    Attributes:
        vocab_size: of the text embeddings; at least the tokenizer's.
        num_query_tokens: K, features of a picture.
        projection_dim: D, width of the space in which queries and pictures are compared.
        cross_attention_frequency: every how many layers queries read the picture.
        dropout: of states and attention.
        initializer_range: standard deviation of random weights; BERT's 0.02 is for its width of
            768, narrow models want about 1 / sqrt(hidden_size).
        gradient_checkpointing: compute the layers again in the backward pass; less memory.
    """

    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    vocab_size: int = 30523
    num_query_tokens: int = 32
    projection_dim: int = 256
    max_position_embeddings: int = 512
    cross_attention_frequency: int = 2
    dropout: float = 0.1
    initializer_range: float = 0.02
    gradient_checkpointing: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> QFormerSettings:
        """From a recipe's dict.

        Raises:
            InputKeyError: an unknown key.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        unknown = [key for key in values if key not in known]
        if unknown:
            raise InputKeyError(
                f'model.qformer: expected keys among {", ".join(known)}, found {unknown[0]!r}.'
            )
        return cls(**values)


@dataclass(frozen=True)
class QFormerParts:
    """Modules under transformers' names.

    Attributes:
        query_tokens: (1, K, H).
        embeddings: words and positions of texts.
        qformer: the layers.
        vision_projection, text_projection: H -> D.
        itm_head: H -> 2, of the matching task; kept because released weights have it.
    """

    query_tokens: nn.Parameter
    embeddings: nn.Module
    qformer: nn.Module
    vision_projection: nn.Linear
    text_projection: nn.Linear
    itm_head: nn.Linear


def build_qformer(settings: QFormerSettings, image_width: int) -> QFormerParts:
    """Random parts that read image tokens of ``image_width`` channels."""
    width = settings.hidden_size
    config = import_transformers().Blip2QFormerConfig(
        hidden_size=width,
        num_hidden_layers=settings.num_hidden_layers,
        num_attention_heads=settings.num_attention_heads,
        intermediate_size=settings.intermediate_size,
        vocab_size=settings.vocab_size,
        max_position_embeddings=settings.max_position_embeddings,
        cross_attention_frequency=settings.cross_attention_frequency,
        encoder_hidden_size=image_width,
        hidden_dropout_prob=settings.dropout,
        attention_probs_dropout_prob=settings.dropout,
        use_qformer_text_input=True,
        initializer_range=settings.initializer_range,
    )
    blip2 = import_blip2()
    embeddings = blip2.Blip2TextEmbeddings(config)
    for table in (embeddings.word_embeddings, embeddings.position_embeddings):
        nn.init.normal_(table.weight, std=settings.initializer_range)
    qformer = blip2.Blip2QFormerModel(config)
    if settings.gradient_checkpointing:
        qformer.gradient_checkpointing_enable()
    # transformers starts the tokens with zeros; they would all stay equal.
    tokens = torch.randn(1, settings.num_query_tokens, width) * settings.initializer_range
    return QFormerParts(
        nn.Parameter(tokens),
        embeddings,
        qformer,
        nn.Linear(width, settings.projection_dim),
        nn.Linear(width, settings.projection_dim),
        nn.Linear(width, 2).requires_grad_(False),
    )

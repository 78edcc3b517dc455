"""The weights that a retrieval model has, and the sizes that weights tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor

from composed_retrieval.models.layers.qformer_parts import QFormerSettings, build_qformer
from vl_runtime.errors import InputValueError

_PATCHES = 'vision_model.embeddings.patch_embedding.weight'
_POSITIONS = 'vision_model.embeddings.position_embedding'
_CLIP_POSITIONS = f'{_POSITIONS}.weight'
_NEEDED = (
    _PATCHES,
    'query_tokens',
    'embeddings.word_embeddings.weight',
    'embeddings.position_embeddings.weight',
    'vision_projection.weight',
)


def weight_shapes(trunk: Mapping[str, Any], qformer: Mapping[str, Any]) -> dict[str, torch.Size]:
    """Name -> shape of every weight of a model of BLIP-2, built without memory for them.

    ``temp``, ``prompt_tokens`` and the parts of losses are not among them.

    Args:
        trunk, qformer: of ``ComposedRetriever``.
    """
    with torch.device('meta'):
        image = MODELS.build(dict(trunk))
        parts = build_qformer(QFormerSettings.of(qformer), image.width)
    shapes = {f'vision_model.{name}': value.shape for name, value in image.state_dict().items()}
    shapes['query_tokens'] = parts.query_tokens.shape
    for part in ('embeddings', 'qformer', 'vision_projection', 'text_projection', 'itm_head'):
        state = getattr(parts, part).state_dict()
        shapes |= {f'{part}.{name}': value.shape for name, value in state.items()}
    return shapes


def sizes_of(weights: Mapping[str, Tensor], source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The trunk and the Q-Former that weights are of; numbers of heads don't show.

    Raises:
        InputValueError: weights that every model of BLIP-2 has are missing.
    """
    is_clip = _CLIP_POSITIONS in weights
    positions = _CLIP_POSITIONS if is_clip else _POSITIONS
    absent = [key for key in (*_NEEDED, positions) if key not in weights]
    if absent:
        raise InputValueError(
            f'{source}: expected weights of a BLIP-2 or SPRC retrieval model, found none for '
            f'{absent[0]} among its {len(weights)} keys ({", ".join(list(weights)[:3])}, ...).'
        )
    patches, (num_tokens, width) = weights[_PATCHES], weights[positions].shape[-2:]
    grid = round((num_tokens - 1) ** 0.5)
    entries, hidden = weights['embeddings.word_embeddings.weight'].shape
    trunk = dict(
        type='CLIPTrunk' if is_clip else 'BLIP2Trunk',
        hidden_size=width,
        num_hidden_layers=_count(weights, r'vision_model\.encoder\.layers\.(\d+)\.'),
        num_attention_heads=1,
        intermediate_size=_rows(weights, r'vision_model\..*\.fc1\.weight$'),
        image_size=grid * patches.shape[-1],
        patch_size=patches.shape[-1],
    )
    reading = sorted(_numbers(weights, r'qformer\.encoder\.layer\.(\d+)\.crossattention\.'))
    num_layers = _count(weights, r'qformer\.encoder\.layer\.(\d+)\.')
    qformer = dict(
        hidden_size=hidden,
        num_hidden_layers=num_layers,
        num_attention_heads=1,
        intermediate_size=_rows(weights, r'qformer\..*\.intermediate_query\.dense\.weight$'),
        vocab_size=entries,
        num_query_tokens=weights['query_tokens'].shape[1],
        projection_dim=len(weights['vision_projection.weight']),
        max_position_embeddings=len(weights['embeddings.position_embeddings.weight']),
        cross_attention_frequency=reading[1] if len(reading) > 1 else max(num_layers, 1),
    )
    return trunk, qformer


def _numbers(weights: Mapping[str, Tensor], pattern: str) -> set[int]:
    return {int(match[1]) for key in weights if (match := re.match(pattern, key))}


def _count(weights: Mapping[str, Tensor], pattern: str) -> int:
    return len(_numbers(weights, pattern))


def _rows(weights: Mapping[str, Tensor], pattern: str) -> int:
    return next((len(value) for key, value in weights.items() if re.match(pattern, key)), 1)

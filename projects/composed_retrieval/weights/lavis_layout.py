"""The names that LAVIS and SPRC give to the weights of a retrieval model, and ours.

Ours are those of transformers' ``Blip2ForImageTextRetrieval``, with ``temp`` and
``prompt_tokens`` beside them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vl_runtime.errors import InputValueError

# (LAVIS, ours); the first that fits counts. {n} is the number of a layer.
_NAMES = (
    ('visual_encoder.cls_token', 'vision_model.embeddings.class_embedding'),
    ('visual_encoder.pos_embed', 'vision_model.embeddings.position_embedding'),
    ('visual_encoder.patch_embed.proj.', 'vision_model.embeddings.patch_embedding.'),
    ('visual_encoder.blocks.{n}.norm1.', 'vision_model.encoder.layers.{n}.layer_norm1.'),
    ('visual_encoder.blocks.{n}.norm2.', 'vision_model.encoder.layers.{n}.layer_norm2.'),
    ('visual_encoder.blocks.{n}.attn.qkv.', 'vision_model.encoder.layers.{n}.self_attn.qkv.'),
    (
        'visual_encoder.blocks.{n}.attn.proj.',
        'vision_model.encoder.layers.{n}.self_attn.projection.',
    ),
    ('visual_encoder.blocks.{n}.mlp.', 'vision_model.encoder.layers.{n}.mlp.'),
    ('ln_vision.', 'vision_model.post_layernorm.'),
    ('Qformer.bert.embeddings.word_embeddings.', 'embeddings.word_embeddings.'),
    ('Qformer.bert.embeddings.position_embeddings.', 'embeddings.position_embeddings.'),
    ('Qformer.bert.embeddings.LayerNorm.', 'qformer.layernorm.'),
    (
        'Qformer.bert.encoder.layer.{n}.attention.self.',
        'qformer.encoder.layer.{n}.attention.attention.',
    ),
    (
        'Qformer.bert.encoder.layer.{n}.crossattention.self.',
        'qformer.encoder.layer.{n}.crossattention.attention.',
    ),
    ('Qformer.bert.', 'qformer.'),
    ('vision_proj.', 'vision_projection.'),
    ('text_proj.', 'text_projection.'),
)
_SAME = ('itm_head.', 'query_tokens', 'temp', 'prompt_tokens')
_DROPPED = (
    (r'\.position_ids$', 'a table of numbers 0, 1, 2, ...'),
    (r'^Qformer\.cls\.', 'the head that predicts words'),
    (r'^(region_proj|gated_fusion)\.', 'a part that has no effect on a ranking'),
)
_BIASES = re.compile(r'^(visual_encoder\.blocks\.\d+\.attn\.)([qv])_bias$')
# Only LAVIS has keys that begin so.
_PREFIXES = ('visual_encoder.', 'Qformer.', 'ln_vision.')


@dataclass
class RetrieverWeights:
    """Weights under our names.

    Attributes:
        kind: what the source was recognised as.
        state_dict: tensors.
        left_out: why -> keys of the source that have no place here.
    """

    kind: str
    state_dict: OrderedDict[str, Tensor] = field(default_factory=OrderedDict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, reason: str, key: str) -> None:
        """Note that ``key`` stays behind."""
        self.left_out.setdefault(reason, []).append(key)

    def lines(self) -> list[str]:
        """What was left out, for people; every key is named."""
        return [f'left out, {reason}: {", ".join(keys)}' for reason, keys in self.left_out.items()]


def is_lavis_layout(weights: Mapping[str, Tensor]) -> bool:
    """Whether the names are LAVIS's."""
    return any(key.startswith(_PREFIXES) for key in weights)


def from_lavis(weights: Mapping[str, Tensor], source: str) -> RetrieverWeights:
    """Our names, and the biases of an attention in one tensor.

    Raises:
        InputValueError: a query bias without its value bias, or the other way round.
    """
    converted = RetrieverWeights('LAVIS layout (BLIP-2, SPRC)')
    biases: dict[str, dict[str, Tensor]] = {}
    for key, value in weights.items():
        reason = next((why for pattern, why in _DROPPED if re.search(pattern, key)), None)
        if (match := _BIASES.match(key)) is not None:
            biases.setdefault(match[1], {})[match[2]] = value
        elif reason is None and (name := _renamed(key, _NAMES)) is not None:
            converted.state_dict[name] = value
        else:
            converted.leave_out(reason or 'not known here', key)
    for prefix, parts in biases.items():
        if set(parts) != {'q', 'v'}:
            raise InputValueError(
                f'{source}: expected {prefix}q_bias and {prefix}v_bias, found only '
                f'{prefix}{next(iter(parts))}_bias.'
            )
        name = _renamed(f'{prefix}qkv.bias', _NAMES)
        zeros = torch.zeros_like(parts['q'])  # keys have no bias
        converted.state_dict[name] = torch.cat([parts['q'], zeros, parts['v']])
    return converted


def to_lavis(weights: Mapping[str, Tensor]) -> RetrieverWeights:
    """LAVIS's names for weights under ours; parts that only we have are left out."""
    names = [(ours, theirs) for theirs, ours in _NAMES]
    converted = RetrieverWeights('MMGround or transformers layout')
    for key, value in weights.items():
        name = _renamed(key, names)
        if name is None:
            converted.leave_out('a part that SPRC has not', key)
        elif name.endswith('.attn.qkv.bias'):
            # A bias of the keys adds the same to all logits of a query: it has no effect.
            query, _, other = value.chunk(3)
            prefix = name.removesuffix('qkv.bias')
            converted.state_dict[f'{prefix}q_bias'] = query.clone()
            converted.state_dict[f'{prefix}v_bias'] = other.clone()
        else:
            converted.state_dict[name] = value
    return converted


def _renamed(key: str, names) -> str | None:
    if key.startswith(_SAME):
        return key
    for old, new in names:
        pattern = '^' + re.escape(old).replace(r'\{n\}', r'(\d+)')
        if (match := re.match(pattern, key)) is not None:
            number = match[1] if match.groups() else ''
            return new.replace('{n}', number) + key[match.end() :]
    return None

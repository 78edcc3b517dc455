"""The names that LAVIS and SPRC give to the weights of a retrieval model, and ours.

Ours are those of transformers' ``Blip2ForImageTextRetrieval``, with ``temp`` and
``prompt_tokens`` beside them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from composed_retrieval.weights.lavis_attention import packed, unpacked

# (LAVIS, ours). {n} is the number of a layer; a name that ends with a dot is a prefix.
_VIT_G_NAMES = (
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
)
# BLIP-2's ViT-L is OpenAI's CLIP.
_BLOCK, _LAYER = 'visual_encoder.transformer.resblocks.{n}.', 'vision_model.encoder.layers.{n}.'
_VIT_L_NAMES = (
    ('visual_encoder.class_embedding', 'vision_model.embeddings.class_embedding'),
    ('visual_encoder.positional_embedding', 'vision_model.embeddings.position_embedding.weight'),
    ('visual_encoder.conv1.', 'vision_model.embeddings.patch_embedding.'),
    ('visual_encoder.ln_pre.', 'vision_model.pre_layrnorm.'),
    (_BLOCK + 'ln_1.', _LAYER + 'layer_norm1.'),
    (_BLOCK + 'ln_2.', _LAYER + 'layer_norm2.'),
    (_BLOCK + 'attn.q_proj.', _LAYER + 'self_attn.q_proj.'),
    (_BLOCK + 'attn.k_proj.', _LAYER + 'self_attn.k_proj.'),
    (_BLOCK + 'attn.v_proj.', _LAYER + 'self_attn.v_proj.'),
    (_BLOCK + 'attn.out_proj.', _LAYER + 'self_attn.out_proj.'),
    (_BLOCK + 'mlp.c_fc.', _LAYER + 'mlp.fc1.'),
    (_BLOCK + 'mlp.c_proj.', _LAYER + 'mlp.fc2.'),
)
_NAMES = (
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
    ('itm_head.', 'itm_head.'),
    ('query_tokens', 'query_tokens'),
    ('temp', 'temp'),
    ('prompt_tokens', 'prompt_tokens'),
)
_DROPPED = (
    (r'\.position_ids$', 'a table of numbers 0, 1, 2, ...'),
    (r'^Qformer\.cls\.', 'the head that predicts words'),
    (r'^(region_proj|gated_fusion)\.', 'a part that has no effect on a ranking'),
)
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
    """Our names and packing of attentions.

    Raises:
        InputValueError: a query bias without its value bias, or the other way round.
    """
    converted = RetrieverWeights('LAVIS layout (BLIP-2, SPRC)')
    names = (*_VIT_G_NAMES, *_VIT_L_NAMES, *_NAMES)
    for key, value in unpacked(weights, source).items():
        reason = next((why for pattern, why in _DROPPED if re.search(pattern, key)), None)
        name = None if reason else _renamed(key, names)
        if name is None:
            converted.leave_out(reason or 'not known here', key)
        else:
            converted.state_dict[name] = value
    return converted


def to_lavis(weights: Mapping[str, Tensor]) -> RetrieverWeights:
    """LAVIS's names and packing for weights under ours; parts that only we have are left out."""
    trunk = _VIT_L_NAMES if 'vision_model.pre_layrnorm.weight' in weights else _VIT_G_NAMES
    names = [(ours, theirs) for theirs, ours in (*trunk, *_NAMES)]
    converted = RetrieverWeights('MMGround or transformers layout')
    renamed: OrderedDict[str, Tensor] = OrderedDict()
    for key, value in weights.items():
        name = _renamed(key, names)
        if name is None:
            converted.leave_out('a part that SPRC has not', key)
        else:
            renamed[name] = value
    converted.state_dict = packed(renamed)
    return converted


def _renamed(key: str, names: Sequence[tuple[str, str]]) -> str | None:
    for old, new in names:
        pattern = re.escape(old).replace(r'\{n\}', r'(\d+)') + ('' if old.endswith('.') else '$')
        if (match := re.match(pattern, key)) is not None:
            number = match[1] if match.groups() else ''
            return new.replace('{n}', number) + key[match.end() :]
    return None

"""How LAVIS packs the weights of an attention, and how transformers does.

ViT-g: ``q_bias`` and ``v_bias`` are one ``qkv.bias`` there, with zeros for the keys. ViT-L:
``in_proj_weight`` and ``in_proj_bias`` are ``q_proj``, ``k_proj`` and ``v_proj`` there.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor

from vl_runtime.errors import InputValueError

_BIAS = re.compile(r'^(visual_encoder\.blocks\.\d+\.attn\.)([qv])_bias$')
_JOINT_BIAS = re.compile(r'^(visual_encoder\.blocks\.\d+\.attn\.)qkv\.bias$')
_JOINT = re.compile(r'^(visual_encoder\.transformer\..*\.attn\.)in_proj_(weight|bias)$')
_FIRST = re.compile(r'^(visual_encoder\.transformer\..*\.attn\.)q_proj\.(weight|bias)$')
_THREE = ('q', 'k', 'v')


def unpacked(weights: Mapping[str, Tensor], source: str) -> OrderedDict[str, Tensor]:
    """LAVIS's weights as transformers packs them, still under LAVIS's names.

    Raises:
        InputValueError: a query bias without its value bias, or the other way round.
    """
    result: OrderedDict[str, Tensor] = OrderedDict()
    for key, value in weights.items():
        if (match := _BIAS.match(key)) is not None:
            partner = f'{match[1]}{"v" if match[2] == "q" else "q"}_bias'
            if partner not in weights:
                raise InputValueError(f'{source}: expected {partner} beside {key}, found none.')
            if match[2] == 'q':
                parts = [value, torch.zeros_like(value), weights[partner]]
                result[f'{match[1]}qkv.bias'] = torch.cat(parts)
        elif (match := _JOINT.match(key)) is not None:
            for name, part in zip(_THREE, value.chunk(3)):
                result[f'{match[1]}{name}_proj.{match[2]}'] = part.clone()
        else:
            result[key] = value
    return result


def packed(weights: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
    """The opposite of ``unpacked``."""
    result: OrderedDict[str, Tensor] = OrderedDict()
    for key, value in weights.items():
        if (match := _JOINT_BIAS.match(key)) is not None:
            # A bias of the keys adds the same to all logits of a query: it has no effect.
            query, _, other = value.chunk(3)
            result[f'{match[1]}q_bias'] = query.clone()
            result[f'{match[1]}v_bias'] = other.clone()
        elif (match := _FIRST.match(key)) is not None:
            parts = [weights[f'{match[1]}{name}_proj.{match[2]}'] for name in _THREE]
            result[f'{match[1]}in_proj_{match[2]}'] = torch.cat(parts)
        elif not re.search(r'^visual_encoder\.transformer\..*\.attn\.[kv]_proj\.', key):
            result[key] = value
    return result

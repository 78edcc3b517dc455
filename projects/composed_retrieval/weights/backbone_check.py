"""Refuse weights of another backbone, and say how it differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from composed_retrieval.weights.lavis_layout import is_lavis_layout
from vl_runtime.errors import InputValueError

_LAYERS = (r'^vision_model\.encoder\.layers\.(\d+)\.', r'^qformer\.encoder\.layer\.(\d+)\.')
_LOOK_FIRST = (
    'vision_model.embeddings.patch_embedding.weight',
    'vision_model.embeddings.position_embedding',
    'vision_model.embeddings.position_embedding.weight',
)


def check_backbone(own: Mapping[str, Any], weights: Mapping[str, Any], source: str) -> None:
    """Compare shapes and numbers of layers.

    Args:
        own: name -> tensor or shape, of the model.
        weights: the same, of a checkpoint.
        source: what messages call the checkpoint.

    Raises:
        InputValueError: LAVIS's names; or a weight of another shape, or another number of
            layers, than the model has.
    """
    if is_lavis_layout(weights):
        raise InputValueError(
            f'{source}: these weights have the names of LAVIS or SPRC; convert them first: '
            f'python tools/convert_checkpoint.py {source} --to composed_retriever --out FILE'
        )
    for key in (*_LOOK_FIRST, *own):
        if key in own and key in weights and _shape(own[key]) != _shape(weights[key]):
            raise InputValueError(
                f'{source}: weights of another backbone: {key} is {_shape(own[key])} in the '
                f'model and {_shape(weights[key])} in the file; take the recipe of the file, or '
                'weights of this backbone.'
            )
    for pattern in _LAYERS:
        ours, theirs = _num_layers(own, pattern), _num_layers(weights, pattern)
        if theirs and ours != theirs:
            part = pattern.removeprefix('^').split(r'\.')[0]
            raise InputValueError(
                f'{source}: weights of another backbone: {part} has {ours} layers in the model '
                f'and {theirs} in the file.'
            )


def _num_layers(weights: Mapping[str, Any], pattern: str) -> int:
    return len({match[1] for key in weights if (match := re.match(pattern, key))})


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, 'shape', value))

"""Checks of a checkpoint against a detector that saves only what it trains."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from vl_runtime.errors import InputValueError
from vlm_detector.models.adapters.base_sample import same_base

SAMPLE_KEY = 'base_sample'


def check_adapter_weights(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], source: str, base: str
) -> None:
    """Raise unless ``weights`` are of the same base, the same layers and the same rank.

    Args:
        own: the detector's state dict.
        weights: the checkpoint's.
        source: what messages call the checkpoint.
        base: name of the detector's base model.

    Raises:
        InputValueError: says what differs.
    """
    _check_rank(own, weights, source)
    for side, missing in (
        ('is not in it', sorted(set(own) - set(weights))),
        ('is not trained by this recipe', sorted(set(weights) - set(own))),
    ):
        if missing:
            raise InputValueError(
                f'{source}: expected the {len(own)} trained weights of this recipe, found '
                f'{len(weights)}: {missing[0]} {side} ({len(missing)} such); use the recipe that '
                'wrote it (model, lora.parts, trainable).'
            )
    for key, value in own.items():
        if value.shape != weights[key].shape:
            raise InputValueError(
                f'{source}: {key}: expected {tuple(value.shape)}, found '
                f'{tuple(weights[key].shape)}; it was trained on a base model of another size than '
                f'{base}.'
            )
    if SAMPLE_KEY in own and not same_base(own[SAMPLE_KEY], weights[SAMPLE_KEY]):
        raise InputValueError(
            f'{source}: was trained on another base model than {base} (the sizes are the same, '
            'the weights are not); set model_root to the one of its recipe.'
        )


def _check_rank(own: Mapping[str, Tensor], weights: Mapping[str, Tensor], source: str) -> None:
    expected, found = _ranks(own), _ranks(weights)
    if expected and found and expected != found:
        raise InputValueError(
            f'{source}: expected an adapter of rank {_listed(expected)}, found rank '
            f'{_listed(found)}; set model.lora.rank to it.'
        )


def _ranks(weights: Mapping[str, Tensor]) -> set[int]:
    return {value.shape[0] for key, value in weights.items() if '.lora_A.' in key}


def _listed(ranks: set[int]) -> str:
    return ', '.join(map(str, sorted(ranks)))

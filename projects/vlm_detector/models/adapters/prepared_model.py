"""A pretrained model made ready for training: precision, adapters, frozen parts."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.logging import print_log
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from vlm_detector.families.family import PARTS, Family
from vlm_detector.families.model_source import ModelSource
from vlm_detector.models.adapters.base_sample import sample_base
from vlm_detector.models.adapters.lora import adapted_modules, add_lora
from vlm_detector.models.adapters.quantization import check_quantized, quantization_config
from vlm_detector.models.adapters.trainable_parts import describe_parameters, train_only


def prepare_model(
    source: ModelSource,
    family: Family,
    *,
    dtype: str,
    attn_implementation: str | None,
    lora: Mapping[str, Any] | None,
    quantization: Mapping[str, Any] | None,
    trainable: Sequence[str] | None,
) -> tuple[nn.Module, Tensor]:
    """Load the model and add what trains; says how many parameters of each part do.

    Args:
        source: of the pretrained weights.
        family: of the model.
        dtype, attn_implementation: of ``Family.load_model``.
        lora: arguments of ``add_lora``.
        quantization: of ``quantization_config``; needs ``lora``.
        trainable: parts that train as a whole; with ``lora`` the projector at most. None:
            nothing besides ``lora``, everything without it.

    Returns:
        the model, and the sample of its base weights by which an adapter knows it.

    Raises:
        InputValueError, InputKeyError: arguments that can't be used or don't fit together.
    """
    if quantization and lora is None:
        raise InputValueError(
            'quantization: quantised weights cannot be trained; add lora, or leave quantization '
            'out.'
        )
    config = quantization_config(quantization, family) if quantization else None
    model = family.load_model(
        source, dtype=dtype, attn_implementation=attn_implementation, quantization=config
    )
    if quantization:
        skipped = quantization.get('skip_parts', ('vision', 'projector'))
        count = check_quantized(model, family, skipped)
        print_log(f'Quantised: {count} layers to {quantization.get("bits", 4)} bits.', 'current')
    sample = sample_base(model)
    if lora is None:
        train_only(model, family, PARTS if trainable is None else trainable)
    else:
        model = add_lora(model, family, **lora, whole_parts=trainable or ())
        adapted = adapted_modules(model)
        named = ', '.join(
            f'{part} {sum(family.part_of(name) == part for name in adapted)}' for part in PARTS
        )
        print_log(f'LoRA: {len(adapted)} layers ({named}).', 'current')
        print_log('LoRA layers: ' + ' '.join(adapted), 'current', logging.DEBUG)
    print_log(describe_parameters(model, family) + '.', 'current')
    return model, sample


def enable_checkpointing(model: nn.Module) -> None:
    """Compute activations again in the backward pass instead of keeping them.

    The non-reentrant form: it gets on with DDP, frozen inputs and unused parameters.
    """
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={'use_reentrant': False})

"""4 and 8 bit weights of a frozen base model, through bitsandbytes (QLoRA).

Source: QLoRA, arXiv:2305.14314; LLM.int8, arXiv:2208.07339.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from vl_runtime.compat.optional import require
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.text_encoders.model_location import first_line
from vlm_detector.families.family import PARTS, Family
from vlm_detector.families.model_loading import import_transformers

_QUANTIZED = ('Linear4bit', 'Linear8bitLt')
_KEYS = ('type', 'bits', 'quant_type', 'double_quant', 'compute_dtype', 'skip_parts')
_DEVICES = ('cuda', 'xpu', 'cpu')


def quantization_config(quantization: Mapping[str, Any], family: Family) -> Any:
    """transformers' config of a recipe's ``quantization``.

    Args:
        quantization: ``type`` ('bnb'), ``bits`` (4 or 8), and for 4 bit ``quant_type`` ('nf4',
            'fp4'), ``double_quant``, ``compute_dtype``; ``skip_parts`` keep their precision:
            vision tower and projector by default. The output layer always does.
        family: of the model.

    Raises:
        InputKeyError, InputValueError: an unknown key or value, bitsandbytes is missing, or
            it has nothing for this machine's device.
    """
    for key in quantization:
        if key not in _KEYS:
            raise InputKeyError(
                f'quantization: expected keys among {", ".join(_KEYS)}, found {key!r}.'
            )
    kind, bits = quantization.get('type', 'bnb'), quantization.get('bits', 4)
    if kind != 'bnb' or bits not in (4, 8):
        raise InputValueError(
            f"quantization: expected type 'bnb' with bits 4 or 8, found {kind!r} with {bits}."
        )
    require('bitsandbytes', f'{bits}-bit weights', 'pip install bitsandbytes (the extra vlm)')
    device = accelerator()
    if device not in _DEVICES:
        raise InputValueError(
            f'quantization: bitsandbytes runs on {", ".join(_DEVICES)}, found the device '
            f'{device!r}; leave quantization out and use dtype bfloat16.'
        )
    skipped = _skipped_modules(family, quantization.get('skip_parts', ('vision', 'projector')))
    transformers = import_transformers()
    if bits == 8:
        return transformers.BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=skipped)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantization.get('quant_type', 'nf4'),
        bnb_4bit_use_double_quant=quantization.get('double_quant', True),
        bnb_4bit_compute_dtype=quantization.get('compute_dtype', 'bfloat16'),
        llm_int8_skip_modules=skipped,
    )


def accelerator() -> str:
    """The kind of device that this process would train on."""
    current = torch.accelerator.current_accelerator()
    available = current is not None and torch.accelerator.is_available()
    return current.type if available else 'cpu'


def check_quantized(model: nn.Module, family: Family, skip_parts: Sequence[str]) -> int:
    """Verify by the classes of the layers what was quantised; the number of such layers.

    Raises:
        InputValueError: no layer was, one of a part that was to be left out was, or the
            kernels refuse the widths of a layer.
    """
    layers = {
        name: module
        for name, module in model.named_modules()
        if type(module).__name__ in _QUANTIZED
    }
    if not layers:
        raise InputValueError(
            f'quantization: expected quantised layers in {type(model).__name__}, found none.'
        )
    wrong = [name for name in layers if family.part_of(name) in skip_parts or 'lm_head' in name]
    if wrong:
        raise InputValueError(
            f'quantization: expected the parts {", ".join(skip_parts)} and lm_head to keep their '
            f'precision, found {len(wrong)} quantised layers there, the first is {wrong[0]}.'
        )
    _probe_widths(layers)
    return len(layers)


def _skipped_modules(family: Family, parts: Sequence[str]) -> list[str]:
    """Full prefixes: short names are ignored without a word."""
    for part in parts:
        if part not in PARTS:
            raise InputKeyError(
                f'quantization.skip_parts: expected some of {", ".join(PARTS)}, found {part!r}.'
            )
    return ['lm_head', *(prefix for part in parts for prefix in family.part_prefixes[part])]


@torch.no_grad()
def _probe_widths(layers: Mapping[str, nn.Module]) -> None:
    """One product for each shape: kernels that need other widths say so only when they run."""
    tried = set()
    for name, layer in layers.items():
        shape = (layer.in_features, layer.out_features)
        if shape in tried:
            continue
        tried.add(shape)
        device = layer.weight.device
        dtype = getattr(layer, 'compute_dtype', None) or torch.float32
        try:
            layer(torch.zeros(1, layer.in_features, device=device, dtype=dtype))
        except (RuntimeError, ValueError, AssertionError) as error:
            raise InputValueError(
                f'quantization: {name} ({shape[0]} x {shape[1]}) cannot run quantised on '
                f'{device.type}: {first_line(error)}; use 8 bits, or leave quantization out.'
            ) from error

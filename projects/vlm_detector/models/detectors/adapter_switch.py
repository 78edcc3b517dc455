"""A model with an adapter answering as its base does, or as the merged model would."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator

from torch import nn

from vl_runtime.errors import InputKeyError, InputValueError


@contextlib.contextmanager
def switched_adapter(model: nn.Module, version: str) -> Iterator[nn.Module]:
    """The model that answers with a version of the weights.

    'base': the same model, its adapter off inside the block; modules that were trained as a
    whole are those of the base too. 'adapter': the same model. 'merged': a copy with the adapter
    added into its weights, which costs the model's memory once more.

    Args:
        model: a ``PeftModel``.
        version: 'base', 'adapter' or 'merged'.

    Raises:
        InputKeyError: another version.
        InputValueError: 'merged' of a quantised model.
    """
    if version == 'base':
        with model.disable_adapter():
            yield model
    elif version == 'adapter':
        yield model
    elif version == 'merged':
        base = model.get_base_model()
        if getattr(base, 'is_quantized', False) or getattr(base, 'hf_quantizer', None):
            raise InputValueError(
                '--compare merged: the base is quantised, and adding to its rounded weights would '
                'not give the merged model; evaluate with model.quantization=None, or write it '
                'with tools/merge_adapter.py.'
            )
        yield copy.deepcopy(model).merge_and_unload().eval()
    else:
        raise InputKeyError(f"weights: expected 'base', 'adapter' or 'merged', found {version!r}.")

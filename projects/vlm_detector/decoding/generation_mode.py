"""A model that is ready to generate for the time of a block, and as it was afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn


def base_model(vlm: nn.Module) -> nn.Module:
    """The transformers model inside a peft model (its adapters stay active), or ``vlm``."""
    return vlm.get_base_model() if hasattr(vlm, 'get_base_model') else vlm


@contextlib.contextmanager
def generation_mode(vlm: nn.Module) -> Iterator[nn.Module]:
    """Evaluation mode, no gradients; gives the transformers model.

    Afterwards every module is in the mode that it was in (a frozen part stays in evaluation
    mode), the generation settings of the folder and the positions that a Qwen model remembers
    are back. Gradient checkpointing rests in evaluation mode, so it needs no switching.
    """
    model = base_model(vlm)
    training = [module for module in vlm.modules() if module.training]
    inner = getattr(model, 'model', None)
    rope_deltas = getattr(inner, 'rope_deltas', None)
    settings = model.generation_config
    vlm.eval()
    try:
        with torch.no_grad():
            yield model
    finally:
        model.generation_config = settings
        if hasattr(inner, 'rope_deltas'):
            inner.rope_deltas = rope_deltas
        for module in training:
            module.training = True

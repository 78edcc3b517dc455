"""A digest of the numbers that a module holds now."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn


class ParameterFingerprint:
    """sha256 of a module's parameters, recomputed only after one of them changed.

    Changes are noticed by storage address and in-place version counter, so loading a
    checkpoint, an optimiser step or a new initialisation gives another digest.

    Args:
        ignored: name prefixes of parameters that don't matter.
    """

    def __init__(self, ignored: tuple[str, ...] = ()) -> None:
        self.ignored = ignored
        self._state: tuple | None = None
        self._digest = ''

    def of(self, module: nn.Module) -> str:
        """Hex digest of ``module``: names, shapes, types and values."""
        named = [
            (name, parameter)
            for name, parameter in module.named_parameters()
            if not name.startswith(self.ignored)
        ]
        state = tuple(_state_of(parameter) for _, parameter in named)
        if state != self._state:
            self._digest = _digest(named)
            self._state = state
        return self._digest


def _state_of(parameter: Tensor) -> tuple[int, int]:
    version = -1 if parameter.is_inference() else parameter._version
    return parameter.data_ptr(), version


def _digest(named: list[tuple[str, Tensor]]) -> str:
    digest = hashlib.sha256()
    for name, parameter in sorted(named, key=lambda item: item[0]):
        digest.update(f'{name}|{tuple(parameter.shape)}|{parameter.dtype}|'.encode())
        values = parameter.detach().cpu().contiguous().reshape(-1)
        digest.update(values.view(torch.uint8).numpy())
    return digest.hexdigest()

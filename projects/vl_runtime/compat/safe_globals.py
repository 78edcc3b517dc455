"""The types, and only those, that a runner checkpoint holds besides tensors.

Why: torch loads checkpoints with ``weights_only=True``, which refuses every type it
does not know. mmengine's message hub stores ``HistoryBuffer`` objects (histories of
losses and learning rates), whose numbers are numpy arrays and scalars, and each buffer
stores its four own methods as ``getattr(HistoryBuffer, 'mean')``. The real ``getattr``
would open every object of the process to a file, so it is replaced by one that hands
out exactly these methods. Until: mmengine saves plain numbers.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

# Dtypes that losses, metrics and counters have; `object` is deliberately absent.
_NUMBERS = ('bool', 'int8', 'uint8', 'int16', 'int32', 'int64', 'float16', 'float32', 'float64')
_HISTORY_METHODS = ('min', 'max', 'current', 'mean')


def history_method(owner: Any, name: str) -> Callable:
    """What a checkpoint gets for ``getattr``: a statistics method of HistoryBuffer, or a refusal.

    Raises:
        pickle.UnpicklingError: anything else was asked for.
    """
    if owner is HistoryBuffer and name in _HISTORY_METHODS:
        return getattr(HistoryBuffer, name)
    shown = f'{getattr(owner, "__name__", type(owner).__name__)}, {name}'
    raise pickle.UnpicklingError(f'Unsupported global: GLOBAL builtins.getattr ({shown})')


def allowed_types() -> list[Any]:
    """What to allow: types, and (callable, full name) pairs for the names that files use."""
    core = getattr(np, '_core', None) or np.core  # numpy 2 renamed its core package
    types: list[Any] = [HistoryBuffer, np.ndarray, np.dtype, (history_method, 'builtins.getattr')]
    types += [type(np.dtype(name)) for name in _NUMBERS]
    for package in ('numpy.core', 'numpy._core'):  # files saved under numpy 1 and 2
        types.append((core.multiarray._reconstruct, f'{package}.multiarray._reconstruct'))
        types.append((core.multiarray.scalar, f'{package}.multiarray.scalar'))
    return types


def install() -> None:
    """Allow these types for ``torch.load(weights_only=True)`` in this process."""
    torch.serialization.add_safe_globals(allowed_types())

"""Read a pickled module tree without importing, or running, what it names.

Why: some projects save whole module objects, so opening their files runs their code, or
whatever somebody put there. Here every name in the file becomes an inert stand-in that
keeps its data; only tensors and plain containers are real. Until: those projects save
state dicts.
"""

from __future__ import annotations

import collections
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vl_runtime.compat.safe_load import is_trusted, safe_load
from vl_runtime.errors import InputValueError

_REAL = {
    ('collections', 'OrderedDict'): collections.OrderedDict,
    ('torch._utils', '_rebuild_tensor_v2'): torch._utils._rebuild_tensor_v2,
    ('torch._utils', '_rebuild_parameter'): torch._utils._rebuild_parameter,
    ('torch', 'Size'): torch.Size,
    ('builtins', 'set'): set,
    ('__builtin__', 'set'): set,
}


class InertObject:
    """Stands for an object of any class: keeps the state that the file gives it."""

    origin = ''

    def __new__(cls, *_: Any, **__: Any) -> InertObject:
        """An instance for whatever arguments the file names."""
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        """Keep attributes; (attributes, slots) of classes with slots are joined."""
        parts = state if isinstance(state, tuple) else (state,)
        self.state = {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}

    def __setitem__(self, key: Any, value: Any) -> None:
        """Entries of dict-like classes are not needed."""

    def append(self, item: Any) -> None:
        """Items of list-like classes are not needed."""

    def extend(self, items: Any) -> None:
        """Items of list-like classes are not needed."""


class InertUnpickler(pickle.Unpickler):
    """An unpickler that knows tensors and containers, and stand-ins for all other names."""

    def find_class(self, module: str, name: str) -> Any:
        """A real class of the short list, else a new stand-in called ``name``."""
        real = _REAL.get((module, name))
        if real is not None:
            return real
        if module == 'torch' and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        return type(name, (InertObject,), {'origin': f'{module}.{name}'})


class _InertPickle:
    """What ``torch.load`` needs of a pickle module."""

    Unpickler = InertUnpickler
    UnpicklingError = pickle.UnpicklingError


def load_inert(path: str | Path) -> Any:
    """The content of a torch file, with stand-ins for its objects; runs nothing of it.

    A trusted file (``trusted_checkpoints``) is opened by ``torch.load`` with real objects.

    Raises:
        InputValueError: not a complete torch file (zip form, torch 1.6 or newer).
    """
    path = Path(path)
    if is_trusted():
        return safe_load(path, 'cpu', str(path))
    if not zipfile.is_zipfile(path):
        raise InputValueError(
            f'{path}: expected a checkpoint in the zip form of torch 1.6 or newer, found '
            f'{path.stat().st_size} bytes of another form; is it cut off? Copy it again.'
        )
    try:
        return torch.load(path, 'cpu', pickle_module=_InertPickle, weights_only=False)
    except (RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error
    except (pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputValueError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return InputValueError(f'{path}: cannot be read as a checkpoint ({reason:.120}).')


def attribute(module: Any, name: str, default: Any = None) -> Any:
    """Attribute ``name`` of a stand-in or of a real object."""
    state = module.state if isinstance(module, InertObject) else vars(module)
    return state.get(name, default)


def class_name(module: Any) -> str:
    """The name of the class that the file says, without its package."""
    return type(module).__name__


def children(module: Any) -> dict[str, Any]:
    """Sub-modules by name."""
    return dict(attribute(module, '_modules') or {})


def module_tensors(module: Any, prefix: str = '') -> Iterator[tuple[str, Tensor]]:
    """(key, tensor) of all parameters and buffers, as ``state_dict`` names them."""
    hidden = attribute(module, '_non_persistent_buffers_set') or set()
    for group in ('_parameters', '_buffers'):
        for name, value in (attribute(module, group) or {}).items():
            if isinstance(value, Tensor) and name not in hidden:
                yield f'{prefix}{name}', value.detach()
    for name, child in children(module).items():
        if child is not None:
            yield from module_tensors(child, f'{prefix}{name}.')

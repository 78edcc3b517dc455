"""Optimisers of bitsandbytes and transformers: registered once a recipe names one.

Why: mmengine imports both libraries to register their optimisers, which is more than half of what
a tool needs to start, and the recipes here use none of them. Until: mmengine imports them lazily.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

_BUILDER = 'mmengine.optim.optimizer.builder'
_LIBRARIES = ('bitsandbytes', 'transformers')


def install() -> None:
    """Watch for mmengine's import of them; neither mmengine nor torch is imported here."""
    if _BUILDER not in sys.modules and not any(isinstance(f, _Finder) for f in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _BUILDER:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        with _hidden_libraries():
            super().exec_module(module)
        _register_on_demand(module)


@contextlib.contextmanager
def _hidden_libraries() -> Iterator[None]:
    """Imports of them fail inside the block, as if they were not installed."""
    loaded = {name: sys.modules[name] for name in _LIBRARIES if name in sys.modules}
    sys.modules.update(dict.fromkeys(_LIBRARIES))
    try:
        yield
    finally:
        for name in _LIBRARIES:
            del sys.modules[name]
        sys.modules.update(loaded)


def _register_on_demand(builder: ModuleType) -> None:
    registry = builder.OPTIMIZERS
    registered = registry.get
    waiting = [builder.register_bitsandbytes_optimizers, builder.register_transformers_optimizers]

    def get(key: str) -> Any:
        found = registered(key)
        while found is None and waiting:
            waiting.pop(0)()
            found = registered(key)
        return found

    registry.get = get

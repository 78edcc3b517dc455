"""The meta-path finder that answers ``mmcv._ext`` last."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from .extension_loader import ExtensionLoader
from .loader_lookup import restore_find_loader

EXTENSION = 'mmcv._ext'


class ExtensionFinder(MetaPathFinder):
    """Gives ``mmcv._ext`` a real spec when no other finder knows the module.

    It stands at the end of ``sys.meta_path``, so whatever stands before it has
    already passed; finders that were appended later are asked before it answers.
    """

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """A spec for ``mmcv._ext``, ``None`` for any other name or a compiled one."""
        if fullname != EXTENSION:
            return None
        later = sys.meta_path[sys.meta_path.index(self) + 1 :] if self in sys.meta_path else []
        if any(finder.find_spec(fullname, path, target) is not None for finder in later):
            return None
        return ModuleSpec(fullname, ExtensionLoader(), origin='vl_runtime.compat.mmcv_ext')


def install() -> None:
    """Put the finder on ``sys.meta_path`` once. Call it before ``mmcv.ops`` is imported."""
    restore_find_loader()
    if not any(isinstance(finder, ExtensionFinder) for finder in sys.meta_path):
        sys.meta_path.append(ExtensionFinder())


def provider() -> str:
    """Who answers ``mmcv._ext``: ``'compiled mmcv'`` or ``'mmground'``; imports nothing."""
    loaded = sys.modules.get(EXTENSION)
    if loaded is not None:
        ours = loaded.__spec__ is not None and isinstance(loaded.__spec__.loader, ExtensionLoader)
        return 'mmground' if ours else 'compiled mmcv'
    package = importlib.util.find_spec('mmcv')
    folders = package.submodule_search_locations if package is not None else None
    compiled = folders is not None and PathFinder.find_spec(EXTENSION, folders) is not None
    return 'compiled mmcv' if compiled else 'mmground'

"""``pkgutil.find_loader`` for Python 3.14, which removed it.

Why: mmengine 0.10.7 (``mmcv_full_available``, reached by
``revert_sync_batchnorm``) and mmcv (``check_ops_exist``) call it. Until when:
both use ``importlib.util.find_spec``.
"""

from __future__ import annotations

import importlib.util
import pkgutil
from importlib.abc import Loader


def find_loader(fullname: str) -> Loader | None:
    """The loader of a module that can be imported, else ``None``."""
    spec = importlib.util.find_spec(fullname)
    return None if spec is None else spec.loader


def restore_find_loader() -> None:
    """Add ``pkgutil.find_loader`` where this Python has none."""
    if not hasattr(pkgutil, 'find_loader'):
        pkgutil.find_loader = find_loader

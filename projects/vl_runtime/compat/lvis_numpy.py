"""The package lvis with numpy 1.24 and later.

Why: lvis 0.5.3, the last one, evaluates with ``np.float``, which numpy has removed;
``mmdet.LVISMetric``, the metric of the published recipes, ends in an AttributeError.
Until: lvis writes ``float``.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from vl_runtime.compat import optional


class NumpyWithFloat(ModuleType):
    """numpy, with ``np.float`` as it used to be: Python's own float."""

    float = float

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def install() -> None:
    """Give lvis's evaluation a numpy that has ``np.float``."""
    if hasattr(np, 'float') or not optional.available('lvis'):
        return
    importlib.import_module('lvis.eval').np = NumpyWithFloat('numpy')

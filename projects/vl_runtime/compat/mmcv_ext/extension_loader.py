"""Fills the module ``mmcv._ext`` when it is imported."""

from __future__ import annotations

from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType


class ExtensionLoader(Loader):
    """Loads the served and the missing operators into an empty module.

    torch and torchvision are imported here, on the first use of ``mmcv.ops``,
    and not when the finder is installed.
    """

    def create_module(self, spec: ModuleSpec) -> None:
        """Ask the import system for an ordinary empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Put all operators into ``module``."""
        from .extension_module import fill

        fill(module)

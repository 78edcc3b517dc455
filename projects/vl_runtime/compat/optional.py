"""Packages that only one feature needs: imported at first use, asked for by name when missing.

Why: ``import vl_runtime`` must not fail because of a package that the user's task
never touches. Until: always.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType

from vl_runtime.errors import InputValueError


def available(package: str) -> bool:
    """Whether ``package`` (an import name) can be found; only its parents are imported."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ModuleNotFoundError, ValueError):  # a missing parent; a module without a spec
        return False


def error_of(load: Callable[[], object]) -> Exception | None:
    """What ``load`` raises, or None; importing a broken package may raise anything."""
    try:
        load()
    except Exception as error:
        return error
    return None


def require(package: str, feature: str, install: str) -> ModuleType:
    """Import ``package`` for ``feature``.

    Args:
        package: import name, dots allowed.
        feature: what needs it, as the start of a sentence ('LoRA training').
        install: the command that brings it ('pip install peft').

    Raises:
        InputValueError: the package, or one that it needs itself, is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        missing = (error.name or package).split('.')[0]
        reason = '' if missing == package.split('.')[0] else f' ({package} imports it)'
        raise InputValueError(
            f'{feature} needs the package {missing!r}{reason}, which is not installed; '
            f'install it with: {install}'
        ) from error

"""A misspelt ``type=`` or argument in a config as one line instead of a stack trace."""

from __future__ import annotations

import contextlib
import re
import traceback
from collections.abc import Iterator
from typing import Any

import mmengine.registry
from mmengine.config import Config
from mmengine.registry import Registry

from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean

_NOT_REGISTERED = re.compile(r"^['\"]?([\w.]+) is not in the (\S+?)::(.+?) registry")
_NOT_RESOLVED = re.compile(r'^Failed to get ([\w.]+)$')


@contextlib.contextmanager
def registry_errors(config: Config) -> Iterator[None]:
    """Turn what mmengine raises for a misspelt config inside the block into user errors.

    Raises:
        InputKeyError: a ``type`` that is not registered; names the place in the config
            and the closest registered name.
        InputValueError: an argument that the type does not take.
    """
    try:
        yield
    except (KeyError, RuntimeError) as error:
        text = str(error.args[0]) if error.args else ''
        found = _NOT_REGISTERED.match(text) or _NOT_RESOLVED.match(text)
        if found is None:
            raise
        registry = found.group(3) if found.re is _NOT_REGISTERED else None
        raise InputKeyError(_unknown_type(config, found.group(1), registry)) from error
    except TypeError as error:
        found = re.search(r'(\w+)(?:\.__init__)?\(\) (got an unexpected .+|missing .+)', str(error))
        if found is None or not _raised_by_registry(error):
            raise
        place = _place(config, found.group(1))
        raise InputValueError(
            f'{_name(config)}: {place or found.group(1)}: {found.group(1)} {found.group(2)}.'
        ) from error


def _unknown_type(config: Config, name: str, registry: str | None) -> str:
    place = _place(config, name)
    where = f' ({place})' if place else ''
    kind = f' in the registry of {registry}s' if registry else ''
    hint = did_you_mean(name, registered_names(registry))
    return f'{_name(config)}: type {name!r}{where} is not registered{kind}.{hint}'


def registered_names(registry: str | None = None) -> list[str]:
    """All names that ``type=`` may take, of one registry ('model', 'dataset', ...) or of all.

    Names of child scopes come with their prefix ('mmdet.FocalLoss') and without it.
    """
    roots = [item for item in vars(mmengine.registry).values() if isinstance(item, Registry)]
    known = {root.name for root in roots}
    names: set[str] = set()
    for root in roots:
        if registry is None or registry not in known or root.name == registry:
            _collect(root, '', names)
    return sorted(names)


def _collect(registry: Registry, prefix: str, names: set[str]) -> None:
    names.update(registry.module_dict)
    names.update(prefix + name for name in registry.module_dict)
    for scope, child in registry.children.items():
        _collect(child, f'{scope}.', names)


def _place(config: Any, name: str, path: str = '') -> str:
    """Dotted place of the first ``type`` in the config with this name, or ''."""
    if isinstance(config, Config):
        config = config.to_dict()
    if isinstance(config, dict):
        if config.get('type') == name:
            return f'{path}.type'.lstrip('.')
        items = config.items()
    elif isinstance(config, list | tuple):
        items = enumerate(config)
    else:
        return ''
    for key, value in items:
        found = _place(value, name, f'{path}.{key}')
        if found:
            return found
    return ''


def _name(config: Config) -> str:
    return str(config.filename or 'the config')


def _raised_by_registry(error: BaseException) -> bool:
    """The call itself failed, so the config is at fault; deeper, it is a programming error."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename.replace('\\', '/').endswith('mmengine/registry/build_functions.py')

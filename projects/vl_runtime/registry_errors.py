"""A misspelt ``type=`` or argument in a config as one line instead of a stack trace."""

from __future__ import annotations

import contextlib
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mmengine.registry
from mmengine.config import Config
from mmengine.registry import Registry
from torch.utils.data import DataLoader

from vl_runtime.errors import InputKeyError, InputValueError, UserInputError, did_you_mean

_NOT_REGISTERED = re.compile(r"^['\"]?([\w.]+) is not in the (\S+?)::(.+?) registry")
_WRONG_ARGUMENTS = re.compile(
    r'(\w+)(?:\.__init__)?\(\) (got an unexpected .+|missing .+|takes .+)'
)
# Where mmengine calls the class that a config names, and its name for that class there.
_CALLERS = {
    ('build_functions.py', 'build_from_cfg'): 'obj_cls',
    ('param_scheduler.py', 'build_iter_from_epoch'): 'cls',
}
_NOT_RESOLVED = re.compile(r'^Failed to get ([\w.]+)$')


_LOADER_KEYS = set(inspect.signature(DataLoader.__init__).parameters)
_LOADER_KEYS |= {'num_batch_per_epoch', 'worker_init_fn', 'type'}


@contextlib.contextmanager
def registry_errors(config: Config) -> Iterator[None]:
    """Turn what mmengine raises for a misspelt config inside the block into user errors.

    Raises:
        InputKeyError: a ``type`` that is not registered; names the place in the config
            and the closest registered name.
        InputValueError: an argument that the type does not take, or refuses.
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
        optimizer = _missing_optimizer(config, error)
        if optimizer is not None:
            raise InputKeyError(_unknown_type(config, optimizer, 'optimizer')) from error
        found = _WRONG_ARGUMENTS.search(str(error))
        built = _being_built(error)
        if found is None or built is None or found.group(1) not in _lineage(built):
            raise
        raise _refused(config, built, f'{found.group(1)} {found.group(2)}.') from error
    except ValueError as error:
        built = _being_built(error)
        if isinstance(error, UserInputError) or built is None:
            raise
        raise _refused(config, built, str(error)) from error


def _refused(config: Config, built: type, why: str) -> InputValueError:
    place = _place(config, built.__name__) or _odd_loader(config) or built.__name__
    return InputValueError(f'{_name(config)}: {place}: {why}')


def _odd_loader(config: Config) -> str:
    """The loader of the config with a key that no data loader has, or ''."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if set(config.get(name) or ()) - _LOADER_KEYS:
            return name
    return ''


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


def _being_built(error: BaseException) -> type | None:
    """The class that refused what the config gave it, or None.

    That is the case when mmengine was calling the class and the error came from its
    constructor or those of its bases (and for a data loader from its samplers); deeper, it
    is a programming error.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    inner = len(frames)
    while inner and frames[inner - 1].f_code.co_name == '__init__':
        inner -= 1
    caller = frames[inner - 1].f_code if inner else None
    if caller is None:
        return None
    if (Path(caller.co_filename).name, caller.co_name) == ('runner.py', 'build_dataloader'):
        return DataLoader
    name = _CALLERS.get((Path(caller.co_filename).name, caller.co_name), '')
    built = frames[inner - 1].f_locals.get(name)
    if not isinstance(built, type):
        return None
    own = all(isinstance(frame.f_locals.get('self'), built) for frame in frames[inner:])
    return built if own else None


def _lineage(built: type) -> set[str]:
    return {parent.__name__ for parent in built.__mro__}


def _missing_optimizer(config: Config, error: TypeError) -> str | None:
    """The optimiser's name when mmengine looked at the arguments of one it does not know."""
    frames = traceback.extract_tb(error.__traceback__)
    known = any(frame.filename.endswith('optimizer/default_constructor.py') for frame in frames)
    if not known or str(error) != 'None is not a callable object':
        return None
    return config.optim_wrapper.optimizer.type

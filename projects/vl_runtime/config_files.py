"""Open a recipe; every mistake in it is one line with file and line number."""

from __future__ import annotations

import argparse
import ast
import difflib
import inspect
import logging
import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.logging import print_log
from mmengine.runner import Runner

from vl_runtime import compat
from vl_runtime.annotation_values import fill_annotation_values
from vl_runtime.compat import mmyolo_link, optional
from vl_runtime.errors import (
    InputFileNotFoundError,
    InputKeyError,
    InputPermissionError,
    InputValueError,
    UserInputError,
    did_you_mean,
)

_SUFFIXES = ('.py', '.json', '.yaml', '.yml')
# Top-level keys that the runner or launch reads although no argument of Runner has the name.
_RUNNER_KEYS = frozenset(inspect.signature(Runner.__init__).parameters) | {
    'activation_checkpointing',
    'compile',
    'custom_imports',
    'efficient_conv_bn_eval',
    'find_unused_parameters',
    'lora',
    'model_wrapper_cfg',
    'runner_type',
    'sync_bn',
    'tta_model',
    'tta_pipeline',
}


def load_config(
    path: str | Path, cfg_options: dict[str, Any] | Sequence[str] | None = None
) -> Config:
    """Read a recipe with its bases and import what it registers.

    Args:
        path: a ``.py``, ``.json`` or ``.yaml`` config.
        cfg_options: changes on top: a dict of dotted keys, or strings 'key=value' as they
            stand on a command line.

    Raises:
        InputFileNotFoundError: the recipe or one of its bases is not there.
        InputKeyError: an option for a key that neither the recipe nor the runner knows.
        InputValueError: a mistake in a file (named with its line) or in an option.
    """
    compat.install()
    path = Path(path)
    _require_recipe(path)
    _link_mmyolo()
    files = check_files(path)
    config = apply_options(_parse(path, files), cfg_options)
    fill_annotation_values(config)
    _check_metainfo(config)
    return config


def apply_options(config: Config, cfg_options: dict[str, Any] | Sequence[str] | None) -> Config:
    """Change ``config`` in place by dotted keys and return it; errors as in ``load_config``."""
    options = cfg_options if isinstance(cfg_options, dict) else parse_options(cfg_options or ())
    _check_options(config, options)
    roots = {key: config[key] for key in options if key.endswith('root') and key in config}
    try:
        config.merge_from_dict(options)
    except (KeyError, TypeError, IndexError) as error:
        reason = error.args[0] if error.args else error
        raise InputValueError(
            f'--cfg-options {" ".join(options)}: do not fit {config.filename} ({reason}).'
        ) from error
    for key, old in roots.items():
        _move_root(config, old, config[key])
    return config


def _move_root(config: Config, old: str, new: str) -> None:
    """Let every path that a recipe built from ``data_root`` follow its new value.

    A recipe is evaluated before options are applied, so the paths hold the old value.
    """
    old, new = (f'{str(folder).rstrip("/")}/' for folder in (old, new))

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            for key in value:
                value[key] = moved(value[key])
        elif isinstance(value, list | tuple):
            return type(value)(moved(item) for item in value)
        elif isinstance(value, str) and f'{value}/'.startswith(old):
            return f'{new}{value[len(old) :]}'
        return value

    for key in config:
        config[key] = moved(config[key])


def parse_options(items: Sequence[str]) -> dict[str, Any]:
    """``['a.b=1', 'c=[1,2]']`` -> ``{'a.b': 1, 'c': [1, 2]}`` by mmengine's rules.

    A text with spaces and without brackets or commas stays as it is.
    """
    options: dict[str, Any] = {}
    others = []
    for item in items:
        key, equals, value = item.partition('=')
        if not equals or not key.strip():
            raise InputValueError(f'--cfg-options: expected key=value, found {item!r}.')
        if value.count('[') != value.count(']') or value.count('(') != value.count(')'):
            raise InputValueError(
                f'--cfg-options: the brackets of {item!r} do not pair; quote the whole option: '
                f'"{key}=[a,b]".'
            )
        if ' ' in value.strip() and not set(value) & set('[](),'):
            options[key] = value.strip('\'"')  # mmengine would take the spaces out
        else:
            others.append(item)
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={})
    if others:
        options |= parser.parse_args(['--cfg-options', *others]).cfg_options
    return options


def check_files(path: Path, named_by: str = '') -> set[Path]:
    """All files that ``path`` builds on, each present and free of syntax errors.

    mmengine reports both mistakes with the name of a temporary copy.
    """
    if not path.is_file():
        raise InputFileNotFoundError(
            f'{named_by}: the base file {path} does not exist.'
            + did_you_mean(path.name, _names_beside(path))
        )
    if path.suffix != '.py':
        return {path.resolve()}
    text = path.read_text(encoding='utf-8')
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        if '{{' in text:  # mmengine's placeholders need not be Python; it fills them in first
            return {path.resolve()}
        shown = (error.text or '').strip()
        raise InputValueError(f'{path}:{error.lineno}: {error.msg}: {shown}') from error
    files = {path.resolve()}
    for base, line in _bases(tree):
        if '::' not in base:
            found = mmyolo_link.resolve(path.parent / base)
            files |= check_files(found, named_by=f'{path}:{line}')
    return files


def _bases(tree: ast.Module) -> list[tuple[str, int]]:
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.targets[0].id == '_base_':
            items = node.value.elts if isinstance(node.value, ast.List) else [node.value]
            return [
                (item.value, item.lineno)
                for item in items
                if isinstance(item, ast.Constant) and isinstance(item.value, str)
            ]
    return []


def _parse(path: Path, files: set[Path]) -> Config:
    try:
        return Config.fromfile(str(path))
    except UserInputError:
        raise
    except ImportError as error:
        raise InputValueError(
            f'{path}: a module that the config imports cannot be imported '
            f'({error.__cause__ or str(error).splitlines()[0]}).'
        ) from error
    except Exception as error:  # a config is a program of the user's and may raise anything
        place = _line_in(error, files)
        text = str(error.args[0] if error.args else error).splitlines()[0]
        if place is None and 'Duplicate key' not in text:
            raise
        raise InputValueError(f'{place or path}: {type(error).__name__}: {text}') from error


def _line_in(error: BaseException, files: set[Path]) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if Path(frame.filename).resolve() in files:
            return f'{frame.filename}:{frame.lineno}'
    return None


def _require_recipe(path: Path) -> None:
    if path.suffix not in _SUFFIXES:
        raise InputValueError(
            f'{path}: a config ends in one of {", ".join(_SUFFIXES)}, found {path.suffix!r}.'
        )
    if path.is_file():
        return
    root = mmyolo_link.repository_root()
    recipes = {}
    for folder in [path.parent, *([root / 'configs'] if root else [])]:
        if folder.is_dir():
            recipes |= {item.name: item for item in sorted(folder.rglob('*.py'))}
    close = difflib.get_close_matches(path.name, recipes, n=1)
    hint = f' Did you mean {_short(recipes[close[0]])!r}?' if close else ''
    raise InputFileNotFoundError(f'{path}: no such config.{hint}')


def _short(path: Path) -> str:
    """Relative to the current folder where it is below it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith('..') else relative


def _names_beside(path: Path) -> list[str]:
    return [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []


def _link_mmyolo() -> None:
    """Recipes may build on mmyolo's files; one that does not should work without them."""
    root = mmyolo_link.repository_root()
    if root is None or not optional.available('mmyolo'):
        return
    try:
        mmyolo_link.ensure(root)
    except (InputPermissionError, InputFileNotFoundError) as error:
        print_log(str(error), logger='current', level=logging.WARNING)


def _check_options(config: Config, options: dict[str, Any]) -> None:
    for option in options:
        first, *rest = option.split('.')
        if first not in config and first not in _RUNNER_KEYS:
            known = [*config.keys(), *_RUNNER_KEYS]
            raise InputKeyError(
                f'--cfg-options {option}: neither {config.filename} nor the runner has a key '
                f'{first!r}.{did_you_mean(first, known)}'
            )
        level = config.get(first)
        for key in rest:
            if not isinstance(level, dict):
                break
            if key not in level:
                print_log(
                    f'--cfg-options {option}: adds {key!r}, which {config.filename} does not '
                    f'have there.{did_you_mean(key, level)}',
                    logger='current',
                )
                break
            level = level[key]


def _check_metainfo(config: Config) -> None:
    """Capital keys in ``metainfo`` are ignored by every data set."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        level = config.get(name) or {}
        while isinstance(level.get('dataset'), dict):
            level = level['dataset']
        for key in level.get('metainfo') or ():
            if str(key) != str(key).lower():
                raise InputValueError(
                    f'{config.filename}: {name}: the metainfo key {key!r} must be lower-case '
                    f'({str(key).lower()!r}), or it is not read.'
                )

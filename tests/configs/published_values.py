"""The published configurations after inheritance, and how a recipe differs from one."""

import gzip
import inspect
import json
from functools import cache
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner
from mmyolo import registry

from vl_runtime.config_files import load_config

REPOSITORY = Path(__file__).resolve().parents[2]
_FILE = REPOSITORY / 'tests/data/golden/yolo_world/configs/published.json.gz'
_TYPE_KEYS = ('type', 'constructor', 'ema_type')
_REGISTRIES = [value for value in vars(registry).values() if isinstance(value, registry.Registry)]
# What decides a run; the other keys of a config file are names of its parts.
RUNNER_KEYS = (set(inspect.signature(Runner.__init__).parameters) - {'self', 'cfg'}) | {
    'custom_imports',
    'find_unused_parameters',
    'vis_backends',
}


@cache
def published() -> dict[str, dict]:
    """'group/file' -> the values of its runner keys; lists stand for tuples."""
    return json.loads(gzip.decompress(_FILE.read_bytes()))


def recipe_path(name: str) -> Path:
    return REPOSITORY / 'configs' / f'{name}.py'


@cache
def recipe(name: str) -> Config:
    """A recipe, loaded once; read it, don't change it."""
    return load_config(recipe_path(name))


def differences(expected, found, where: str = '') -> list[str]:
    """Every place where two values differ, as a line; a type may be written with its scope."""
    if isinstance(expected, dict) and isinstance(found, dict):
        lines = [f'{where}.{key}: missing' for key in expected.keys() - found.keys()]
        lines += [f'{where}.{key}: too much' for key in found.keys() - expected.keys()]
        for key in expected.keys() & found.keys():
            if key in _TYPE_KEYS and _same_class(expected[key], found[key]):
                continue
            lines += differences(expected[key], found[key], f'{where}.{key}')
        return sorted(lines)
    if isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        if len(expected) != len(found):
            return [f'{where}: expected {len(expected)} entries, found {len(found)}']
        pairs = enumerate(zip(expected, found))
        return [line for i, pair in pairs for line in differences(*pair, f'{where}[{i}]')]
    same = expected == found and isinstance(expected, bool) == isinstance(found, bool)
    return [] if same else [f'{where}: expected {expected!r}, found {found!r}']


def _same_class(expected: str, found: str) -> bool:
    """Equal names, or names with and without scope of one and the same class."""
    if expected == found:
        return True
    if not isinstance(expected, str) or not isinstance(found, str):
        return False
    if expected.split('.')[-1] != found.split('.')[-1]:
        return False
    classes = [(r.get(expected), r.get(found)) for r in _REGISTRIES]
    return any(one is not None and one is other for one, other in classes)

"""The text of a config, written in milliseconds.

Why: mmengine lays it out with yapf, 4 seconds for a usual recipe, three times when a run starts and
once more for each checkpoint. Until: ``Config.pretty_text`` is cheap.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable, Mapping
from typing import Any

from mmengine.config import Config

_WIDTH = 99
_INDENT = '    '


def install() -> None:
    """Let ``Config.pretty_text``, and so ``dump`` and the logs, use ``config_text``."""
    Config.pretty_text = property(lambda config: config_text(config.to_dict()))


def config_text(values: Mapping[str, Any]) -> str:
    """Python that gives ``values`` again, names in order, at most 99 columns where it can be."""
    return ''.join(f'{name} = {_text(values[name], len(name) + 3)}\n' for name in sorted(values))


def _text(value: Any, used: int, depth: int = 0) -> str:
    """On one line where it fits behind ``used`` columns, else one item a line."""
    line = _line(value)
    if used + len(line) <= _WIDTH or not isinstance(value, Mapping | list | tuple) or not value:
        return line
    opening, items, closing = _parts(value)
    margin = _INDENT * (depth + 1)
    lines = [
        f'{margin}{name}{_text(item, len(margin) + len(name) + 1, depth + 1)},\n'
        for name, item in items
    ]
    return f'{opening}\n{"".join(lines)}{_INDENT * depth}{closing}'


def _line(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        opening, items, closing = _parts(value)
        inner = ', '.join(f'{name}{_line(item)}' for name, item in items)
        return f'{opening}{inner}{"," if opening == "(" and len(value) == 1 else ""}{closing}'
    if isinstance(value, float) and math.isinf(value):
        return '1e999' if value > 0 else '-1e999'  # repr gives a name, which can't be read back
    return repr(value) if isinstance(value, str) else str(value)


def _parts(value: Any) -> tuple[str, Iterable[tuple[str, Any]], str]:
    """Opening bracket, (text before it, item) of each item, closing bracket."""
    if not isinstance(value, Mapping):
        brackets = '[]' if isinstance(value, list) else '()'
        return brackets[0], [('', item) for item in value], brackets[1]
    pairs = sorted(value.items(), key=lambda pair: str(pair[0]))
    if all(isinstance(key, str) and _is_name(key) for key in value):
        return 'dict(', [(f'{key}=', item) for key, item in pairs], ')'
    return '{', [(f'{key!r}: ', item) for key, item in pairs], '}'


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)

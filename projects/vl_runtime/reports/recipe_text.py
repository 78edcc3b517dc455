"""The recipe inside a checkpoint, read as data: nothing in it is run."""

from __future__ import annotations

import ast
from typing import Any


def read_recipe_text(text: str) -> dict[str, Any]:
    """The values of a config that mmengine dumped (``Config.pretty_text``).

    Only literals and ``dict(...)`` are understood, which is all that a dump has; a top-level
    name with anything else is left out, and text that is no Python gives {}.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = _value(node.value)
            except ValueError:
                continue
    return found


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id != 'dict':
            raise ValueError(ast.unparse(node))
        # Where a key is no identifier the dump writes dict({...}).
        found: dict[str, Any] = {}
        for argument in node.args:
            found |= _value(argument)
        return found | {keyword.arg: _value(keyword.value) for keyword in node.keywords}
    if isinstance(node, ast.Dict):
        return {_value(key): _value(item) for key, item in zip(node.keys, node.values)}
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    return ast.literal_eval(node)

"""The text of a config that mmengine logs, dumps and puts into every checkpoint.

Why: mmengine lays it out with yapf, which tries all line breaks: 5 seconds each time for a recipe
with paths longer than a line, a dozen times in a training. Until: mmengine uses something faster.
"""

from __future__ import annotations

import ast
from typing import Any

_WIDTH = 100
_INDENT = 4


def install() -> None:
    """Lay configs out with ``format_code``."""
    from mmengine.config import config

    config.FormatCode = format_code


def format_code(text: str, **_: Any) -> tuple[str, bool]:
    """In the place of yapf's function: (the text laid out, whether it has changed).

    What is too long for a line has a line for each part. Comments are lost; a config's text has
    none.

    Raises:
        SyntaxError: the text is no Python.
    """
    lines = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign):
            start = ''.join(f'{ast.unparse(target)} = ' for target in node.targets)
            lines.append(start + _laid_out(node.value, 0, len(start)))
        else:
            lines.append(ast.unparse(node))
    laid_out = '\n'.join(lines) + '\n'
    return laid_out, laid_out != text


def _laid_out(node: ast.expr, indent: int, used: int) -> str:
    """The expression, its further lines behind ``indent`` blanks.

    Args:
        used: characters of the first line that are taken.
    """
    line = ast.unparse(node)
    if used + len(line) < _WIDTH:
        return line
    inner = indent + _INDENT
    if isinstance(node, ast.Call) and not node.args:
        left, right = f'{ast.unparse(node.func)}(', ')'
        parts = [(f'{word.arg}=' if word.arg else '**', word.value) for word in node.keywords]
    elif isinstance(node, ast.Dict) and None not in node.keys:
        left, right = '{', '}'
        parts = [(f'{ast.unparse(key)}: ', value) for key, value in zip(node.keys, node.values)]
    elif isinstance(node, ast.List | ast.Tuple):
        left, right = '[]' if isinstance(node, ast.List) else '()'
        parts = [('', value) for value in node.elts]
    else:
        return line
    shown = [f'{name}{_laid_out(value, inner, inner + len(name))},' for name, value in parts]
    return '\n'.join([left, *(' ' * inner + part for part in shown), ' ' * indent + right])

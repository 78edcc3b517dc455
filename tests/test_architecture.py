"""The house rules: who may import whom, how long a file may be, what may not be written."""

import ast
import functools
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECTS = REPOSITORY / 'projects'
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_RECIPE_LINES = 60

MAY_IMPORT = {
    'vl_runtime': set(),
    'yolo_world': {'vl_runtime'},
    'vlm_detector': {'vl_runtime'},
    'composed_retrieval': {'vl_runtime'},
}
# Inside a package: a layer may import itself and what stands to its left.
MODEL_LAYERS = [
    {'layers', 'assigners', 'losses', 'data_preprocessors', 'tokenizers'},
    {'backbones', 'necks', 'heads'},
    {'detectors', 'retrievers'},
]


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding='utf-8'), filename=str(path))


def sources(*folders: str) -> list[Path]:
    return sorted(p for folder in folders for p in (REPOSITORY / folder).rglob('*.py'))


def imported_modules(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.lineno, node.module))
            found += [(node.lineno, f'{node.module}.{alias.name}') for alias in node.names]
    return found


def where(path: Path, line: int) -> str:
    return f'{path.relative_to(REPOSITORY)}:{line}'


def test_packages_import_only_what_they_may():
    wrong = []
    for path in sources('projects'):
        package = path.relative_to(PROJECTS).parts[0]
        for line, name in imported_modules(path):
            root = name.split('.')[0]
            if root == 'tools' or (
                root in MAY_IMPORT and root != package and root not in MAY_IMPORT[package]
            ):
                wrong.append(f'{where(path, line)} imports {name}')
    assert not wrong, '\n'.join(wrong)


def test_every_package_is_known_to_the_rules():
    packages = {p.name for p in PROJECTS.iterdir() if (p / '__init__.py').exists()}
    assert packages <= set(MAY_IMPORT)


def test_data_sets_and_metrics_never_import_models():
    wrong = []
    for path in sources('projects'):
        parts = path.relative_to(PROJECTS).parts
        if {'datasets', 'metrics'} & set(parts):
            for line, name in imported_modules(path):
                if re.match(r'(\w+)\.models\b', name) and name.split('.')[0] in MAY_IMPORT:
                    wrong.append(f'{where(path, line)} imports {name}')
    assert not wrong, '\n'.join(wrong)


def model_layer(module: str) -> int | None:
    match = re.match(r'\w+\.models\.(\w+)', module)
    if match:
        for depth, names in enumerate(MODEL_LAYERS):
            if match.group(1) in names:
                return depth
    return None


def test_model_parts_import_downwards_only():
    wrong = []
    for path in sources('projects'):
        module = '.'.join(path.relative_to(PROJECTS).with_suffix('').parts)
        depth = model_layer(module)
        if depth is None:
            continue
        for line, name in imported_modules(path):
            other = model_layer(name)
            if name.split('.')[0] in MAY_IMPORT and other is not None and other > depth:
                wrong.append(f'{where(path, line)} imports {name}')
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize('folder', ['projects', 'tools'])
def test_files_and_functions_stay_short(folder):
    wrong = []
    for path in sources(folder):
        lines = path.read_text(encoding='utf-8').count('\n')
        if lines > MAX_FILE_LINES:
            wrong.append(f'{where(path, 1)} has {lines} lines')
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node)
                size = node.end_lineno - node.lineno + 1
                size -= len(docstring.splitlines()) if docstring else 0
                if size > MAX_FUNCTION_LINES:
                    wrong.append(f'{where(path, node.lineno)} {node.name} has {size} lines of code')
    assert not wrong, '\n'.join(wrong)


def test_recipes_and_base_parts_stay_short():
    wrong = []
    for path in sources('configs'):
        lines = path.read_text(encoding='utf-8').count('\n')
        if lines > MAX_RECIPE_LINES:
            wrong.append(f'{where(path, 1)} has {lines} lines')
    assert not wrong, '\n'.join(wrong)


def test_no_star_import_and_no_bare_except():
    wrong = []
    for path in sources('projects', 'tools', 'tests', 'benchmarks'):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and any(a.name == '*' for a in node.names):
                wrong.append(f'{where(path, node.lineno)} star import')
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                wrong.append(f'{where(path, node.lineno)} bare except')
    assert not wrong, '\n'.join(wrong)


def test_imports_are_tried_only_in_compat():
    wrong = []
    for path in sources('projects', 'tools'):
        if 'compat' in path.relative_to(REPOSITORY).parts:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Try) and any(
                isinstance(statement, ast.Import | ast.ImportFrom) for statement in node.body
            ):
                wrong.append(where(path, node.lineno))
    assert not wrong, '\n'.join(wrong)


def test_packages_do_not_print():
    wrong = []
    for path in sources('projects'):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == 'print'
                and not any(keyword.arg == 'file' for keyword in node.keywords)
            ):
                wrong.append(where(path, node.lineno))
    assert not wrong, '\n'.join(wrong)


def test_public_classes_and_functions_have_docstrings():
    wrong = []
    for path in sources('projects'):
        if not ast.get_docstring(tree(path)) and path.stat().st_size > 1:
            wrong.append(f'{where(path, 1)} module')
        for node in tree(path).body:
            if (
                isinstance(node, ast.ClassDef | ast.FunctionDef)
                and not node.name.startswith('_')
                and not ast.get_docstring(node)
            ):
                wrong.append(f'{where(path, node.lineno)} {node.name}')
    assert not wrong, '\n'.join(wrong)

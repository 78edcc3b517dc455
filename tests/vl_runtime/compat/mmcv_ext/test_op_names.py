"""The tables of operator names cover what the installed mmcv asks for."""

import ast
from pathlib import Path

import mmcv.ops

from vl_runtime.compat.mmcv_ext import served_ops
from vl_runtime.compat.mmcv_ext.op_names import MISSING, SERVED


def names_that_mmcv_asserts() -> set[str]:
    names = set()
    for file in Path(mmcv.ops.__file__).parent.glob('*.py'):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == 'load_ext':
                names.update(item.value for item in node.args[1].elts)
    return names


def test_tables_hold_exactly_the_names_that_mmcv_asserts():
    assert names_that_mmcv_asserts() == set(served_ops())
    assert len(served_ops()) == 112


def test_no_name_is_both_served_and_missing():
    assert not set(SERVED) & set(MISSING)


def test_served_ops_say_what_computes_them():
    ops = served_ops()

    assert ops['nms'] == 'torchvision'
    assert ops['softnms'] == 'torch'
    assert ops['nms_rotated'] == 'missing'
    assert set(ops.values()) == {'torchvision', 'torch', 'missing'}
    assert list(ops) == sorted(ops)

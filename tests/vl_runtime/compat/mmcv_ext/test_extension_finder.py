"""Who answers `mmcv._ext`, and that a compiled one wins."""

import importlib
import sys
from importlib.machinery import ModuleSpec

import pytest

from vl_runtime.compat import mmcv_ext
from vl_runtime.compat.mmcv_ext.extension_finder import ExtensionFinder


@pytest.fixture
def fake_mmcv(tmp_path):
    """A folder with a package `mmcv`; a second file in it makes it a compiled one."""
    package = tmp_path / 'mmcv'
    package.mkdir()
    (package / '__init__.py').write_text('')
    return package


def test_install_twice_adds_one_finder():
    mmcv_ext.install()
    mmcv_ext.install()

    assert sum(isinstance(finder, ExtensionFinder) for finder in sys.meta_path) == 1


def test_install_does_not_import_mmcv_or_torch(run_python):
    code = """
from vl_runtime.compat import mmcv_ext
mmcv_ext.install()
print(sorted({'mmcv', 'torch', 'mmengine'} & set(sys.modules)))
"""
    assert run_python(code) == '[]'


def test_module_without_compiled_code_is_ours_and_has_a_real_spec():
    module = importlib.import_module('mmcv._ext')

    assert module.__spec__.name == 'mmcv._ext'
    assert importlib.util.find_spec('mmcv._ext') is module.__spec__
    assert mmcv_ext.provider() == 'mmground'


def test_a_compiled_module_wins(run_python, fake_mmcv):
    (fake_mmcv / '_ext.py').write_text('ORIGIN = "compiled"\n')
    code = """
from vl_runtime.compat import mmcv_ext
mmcv_ext.install()
before = mmcv_ext.provider()
import mmcv._ext
print(mmcv._ext.ORIGIN, '|', before, '|', mmcv_ext.provider())
"""
    printed = run_python(code, fake_mmcv.parent)

    assert printed == 'compiled | compiled mmcv | compiled mmcv'


def test_provider_is_known_before_the_first_import(run_python, fake_mmcv):
    code = """
from vl_runtime.compat import mmcv_ext
mmcv_ext.install()
print(mmcv_ext.provider(), 'mmcv' in sys.modules)
"""
    assert run_python(code, fake_mmcv.parent) == 'mmground False'


def test_a_finder_that_was_appended_later_wins(monkeypatch):
    class Later:
        def find_spec(self, fullname, path=None, target=None):
            return ModuleSpec(fullname, None)

    ours = ExtensionFinder()
    monkeypatch.setattr(sys, 'meta_path', [ours, Later()])

    assert ours.find_spec('mmcv._ext') is None


def test_other_names_are_left_alone():
    finder = ExtensionFinder()

    assert finder.find_spec('mmcv.ops') is None
    assert finder.find_spec('mmcv._ext') is not None


def test_detector_packages_import(run_python):
    code = """
from vl_runtime.compat import mmcv_ext
mmcv_ext.install()
import mmdet.models, mmyolo.models
print('imported')
"""
    assert run_python(code).endswith('imported')

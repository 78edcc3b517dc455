import pytest

from vl_runtime.compat.optional import available, require
from vl_runtime.errors import InputValueError


def test_available_looks_without_importing():
    assert available('json')
    assert available('json.decoder')
    assert not available('no_such_package')
    assert not available('no_such_package.part')


def test_require_imports():
    import json

    assert require('json', 'JSON', 'pip install json') is json


def test_a_missing_package_names_feature_and_command():
    expected = r"LoRA training needs the package 'no_such'.*not installed.*pip install no_such"
    with pytest.raises(InputValueError, match=expected):
        require('no_such.part', 'LoRA training', 'pip install no_such')


def test_a_package_that_misses_another_names_that_one(tmp_path, monkeypatch):
    (tmp_path / 'needs_more.py').write_text('import no_such\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputValueError, match=r"'no_such' \(needs_more imports it\)"):
        require('needs_more', 'A feature', 'pip install needs-more')

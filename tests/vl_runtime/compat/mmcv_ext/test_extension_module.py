"""The names inside `mmcv._ext`."""

import importlib

import pytest
from mmcv.utils import collect_env

from vl_runtime.compat.mmcv_ext import served_ops


@pytest.fixture(scope='module')
def extension():
    return importlib.import_module('mmcv._ext')


def test_every_name_is_a_function(extension):
    assert all(callable(getattr(extension, name)) for name in served_ops())


def test_a_name_of_another_mmcv_version_gets_the_same_answer(extension):
    with pytest.raises(NotImplementedError, match="mmcv operator 'operator_of_tomorrow' needs"):
        extension.operator_of_tomorrow()


def test_private_names_are_absent(extension):
    assert not hasattr(extension, '__path__')
    with pytest.raises(AttributeError, match=r"module 'mmcv\._ext' has no attribute '_x'"):
        _ = extension._x


def test_environment_report_works():
    report = collect_env()

    assert report['MMCV Compiler'].startswith('none (operators on torch')
    assert report['MMCV CUDA Compiler'].startswith('none (CUDA of torch')

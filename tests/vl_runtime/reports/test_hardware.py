from vl_runtime.reports.hardware import hardware, versions
from vl_runtime.version import __version__


def test_machine_and_versions_are_named():
    assert 'cores' in hardware()
    assert versions()['mmground'] == __version__ and {'python', 'torch'} <= set(versions())

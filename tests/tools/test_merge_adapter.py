"""tools/merge_adapter.py as a user calls it."""

import sys
import time

import pytest

from tests.tool_process import run as run_process


def run(repository, *arguments):
    command = [sys.executable, str(repository / 'tools' / 'merge_adapter.py'), *map(str, arguments)]
    return run_process(command)


def test_help_is_quick(repository):
    start = time.monotonic()
    done = run(repository, '--help')
    assert done.returncode == 0 and '--out DIR' in done.stdout
    assert time.monotonic() - start < 5  # a second on a free machine


@pytest.mark.slow
def test_a_missing_adapter_is_one_line(repository, tmp_path):
    done = run(repository, tmp_path / 'nowhere', '--out', tmp_path / 'merged')
    assert done.returncode == 1
    assert done.stderr.strip().endswith('nowhere: no such adapter folder or checkpoint.')

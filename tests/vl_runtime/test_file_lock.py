import os
import subprocess
import sys

import pytest

from vl_runtime.errors import InputPermissionError
from vl_runtime.file_lock import only_process

HOLD = """
import sys
from vl_runtime.file_lock import only_process
with only_process(sys.argv[1], str):
    print('held', flush=True)
    sys.stdin.read()
"""


def test_the_second_process_is_refused_until_the_first_is_killed(repository, tmp_path):
    lock = tmp_path / 'new' / 'a.lock'
    process = subprocess.Popen(
        [sys.executable, '-c', HOLD, lock],
        env={**os.environ, 'PYTHONPATH': str(repository / 'projects')},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == 'held\n'
    refused = pytest.raises(InputPermissionError, match=f'busy: {process.pid}')
    with refused, only_process(lock, lambda other: f'busy: {other}'):
        pass
    process.kill()
    process.communicate()
    with only_process(lock, str):
        assert lock.read_text() == f'{os.getpid()}\n'
    assert not lock.exists()


def test_a_place_below_a_file_is_one_line(tmp_path):
    (tmp_path / 'file').touch()
    with (
        pytest.raises(InputPermissionError, match=r'file/sub: cannot write here \(Not a dir.*\);'),
        only_process(tmp_path / 'file' / 'sub' / 'a.lock', str),
    ):
        pass

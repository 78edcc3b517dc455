import os
import subprocess
import sys

import pytest

from vl_runtime.errors import InputPermissionError
from vl_runtime.work_dir_lock import only_training

HOLD = """
import sys
from vl_runtime.work_dir_lock import only_training
with only_training(sys.argv[1]):
    print('held', flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(repository, tmp_path):
    """Another process that trains in ``tmp_path``."""
    process = subprocess.Popen(
        [sys.executable, '-c', HOLD, tmp_path],
        env={**os.environ, 'PYTHONPATH': str(repository / 'projects')},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == 'held\n'
    yield process
    process.kill()
    process.communicate()


def test_a_second_training_in_a_folder_is_refused_until_the_first_ends(other_process, tmp_path):
    expected = rf'{tmp_path}: process {other_process.pid} is training there; wait for it or'
    with pytest.raises(InputPermissionError, match=expected), only_training(tmp_path):
        pass
    other_process.kill()
    other_process.wait()
    (tmp_path / '.epoch_2.abc.tmp.pth').write_text('half of a checkpoint')
    with only_training(tmp_path):
        assert (tmp_path / '.training').read_text() == f'{os.getpid()}\n'
    assert list(tmp_path.iterdir()) == []

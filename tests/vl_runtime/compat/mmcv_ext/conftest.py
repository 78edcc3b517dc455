"""`mmcv.ops` can be imported by the test modules of this folder."""

import subprocess
import sys

import pytest

from vl_runtime.compat import mmcv_ext

mmcv_ext.install()


@pytest.fixture
def run_python(repository):
    """Run code in a new interpreter that knows our packages; gives its output."""

    def run(code: str, *paths) -> str:
        roots = [*map(str, paths), str(repository / 'projects')]
        code = f'import sys; sys.path[:0] = {roots!r}\n{code}'
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run

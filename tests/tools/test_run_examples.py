import sys

from tests.tool_process import run


def test_missing_samples_are_one_line(repository, tmp_path):
    tool = [sys.executable, repository / 'tools/run_examples.py']
    result = run([*tool, '--data', tmp_path, '--work-dir', tmp_path / 'out'])
    assert result.returncode == 1 and result.stderr.startswith(f'error: --data {tmp_path}: ')
    assert result.stderr.count('\n') == 1 and 'found no bccd_small' in result.stderr

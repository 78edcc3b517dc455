import sys

from tests.tool_process import run as run_process


def run(repository, *arguments):
    return run_process(
        [sys.executable, repository / 'tools' / 'demo.py', *map(str, arguments)],
    )


def test_help_is_there(repository):
    result = run(repository, '--help')
    assert result.returncode == 0 and '--port' in result.stdout


def test_a_mistake_is_one_line(repository, tmp_path):
    result = run(repository, tmp_path / 'no.py', tmp_path / 'no.pth')
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith(f'error: {tmp_path / "no.py"}')
    assert 'Traceback' not in result.stderr

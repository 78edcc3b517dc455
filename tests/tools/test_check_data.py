import json
import sys

import cv2
import numpy as np
import pytest

from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, tmp_path):
    """run(*arguments): the tool in its own process."""

    def start(*arguments):
        command = [sys.executable, repository / 'tools' / 'check_data.py', *map(str, arguments)]
        return run_process(command, cwd=tmp_path)

    return start


@pytest.fixture
def annotations(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((30, 40, 3), np.uint8))
    box = dict(id=1, image_id=1, category_id=1, bbox=[1, 2, 9, 9], area=81)
    content = dict(
        images=[dict(id=1, file_name='a.png', width=40, height=30)],
        annotations=[box, dict(box, id=2, bbox=[90, 2, 9, 9])],
        categories=[dict(id=1, name='cat')],
    )
    path = tmp_path / 'ann.json'
    path.write_text(json.dumps(content))
    return path


def test_help_is_there(run):
    result = run('--help')
    assert result.returncode == 0 and '--json' in result.stdout


def test_warnings_leave_status_zero_and_json_goes_to_stdout(run, annotations):
    result = run(annotations, '--json', '-')
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)['num_warnings'] == 1
    assert '1/1' in result.stderr  # the progress bar


def test_errors_make_status_one_and_are_written(run, annotations, tmp_path):
    (tmp_path / 'a.png').write_bytes(b'')
    result = run(annotations, '--json', 'report.json', '--image-folder', tmp_path)
    assert result.returncode == 1
    assert 'error   images: 1 x image that cannot be read' in result.stdout
    assert json.loads((tmp_path / 'report.json').read_text())['num_errors'] == 1


def test_mistakes_are_one_line(run, annotations, tmp_path):
    for arguments, words in (
        (['no.json'], 'error: no.json: no such file'),
        (['no.py', '--class-texts', 'x'], 'error: --image-folder and --class-texts: a recipe'),
    ):
        result = run(*arguments)
        assert result.returncode == 1 and 'Traceback' not in result.stderr
        assert words in result.stderr

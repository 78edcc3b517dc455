import json
import sys

import pytest

from tests.tool_process import run as run_process


@pytest.fixture
def tool(repository):
    def run(*args):
        return run_process(
            [sys.executable, str(repository / 'tools/find_best_epoch.py'), *map(str, args)]
        )

    return run


@pytest.fixture
def work_dir(tmp_path):
    path = tmp_path / '20250101_000000' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('{"coco/bbox_mAP": 0.25, "step": 1}\n{"coco/bbox_mAP": 0.5, "step": 2}\n{"co')
    return tmp_path


def test_help_comes_at_once(tool):

    result = tool('--help')

    assert result.returncode == 0
    assert '--metric' in result.stdout


def test_text_and_json_tell_the_same(tool, work_dir):
    text = tool(work_dir)
    plain = tool(work_dir, '--json')

    assert text.stdout.startswith('best epoch: 2   coco/bbox_mAP = 0.5000')
    assert 'note:' in text.stdout
    assert json.loads(plain.stdout)['epoch'] == 2


def test_a_mistake_is_one_line_and_status_one(tool, tmp_path):
    result = tool(tmp_path / 'gone')

    assert result.returncode == 1
    assert result.stderr.strip().count('\n') == 0
    assert 'error:' in result.stderr
    assert 'give the work folder' in result.stderr

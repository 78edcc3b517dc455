import json
import sys

import pytest

from tests.composed_retrieval.conftest import NAMES, cirr_root  # noqa: F401  (a fixture)
from tests.tool_process import run as run_process


@pytest.fixture
def run(repository):
    def run(*arguments):
        return run_process([sys.executable, repository / 'tools/box_stats.py', *arguments])

    return run


def test_numbers_are_printed_and_written(run, tmp_path):
    path = tmp_path / 'boxes.json'
    path.write_text('{"a": [[0, 0, 0.5, 0.5]], "b": []}')
    result = run(path, '--json', tmp_path / 'stats.json')
    assert result.returncode == 0, result.stderr
    assert 'with boxes      1 (50.0 %)' in result.stdout
    assert json.loads((tmp_path / 'stats.json').read_text())['boxes'] == 1


def test_broken_boxes_and_names_of_another_split_fail(run, tmp_path, cirr_root):  # noqa: F811
    path = tmp_path / 'boxes.json'
    path.write_text('{"a": [[9, 9, 50, 50]]}')
    result = run(path)
    assert result.returncode == 1 and 'unusable boxes    out of range: 1' in result.stdout

    config = tmp_path / 'data.py'
    config.write_text(
        f"val = dict(dataset=dict(type='CIRRDataset', data_root={str(cirr_root)!r}, split='train'))"
    )
    path.write_text(json.dumps({name: [] for name in NAMES[1:]}))
    result = run(path, '--dataset', config, '--split', 'val')
    assert result.returncode == 1, result.stderr
    assert 'against the split 1 missing, 0 unknown' in result.stdout


def test_a_mistake_is_one_line(run, tmp_path):
    result = run(tmp_path / 'no.json')
    assert result.returncode == 1 and result.stderr.startswith('error: ')
    assert 'Traceback' not in result.stderr
    assert 'give both or none' in run(tmp_path / 'no.json', '--split', 'val').stderr

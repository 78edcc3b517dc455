import json
import sys

import pytest

from composed_retrieval.ranking import QueryRanking, write_ranking_file
from tests.composed_retrieval.conftest import NAMES, cirr_root  # noqa: F401  (a fixture)
from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, tmp_path):
    config = tmp_path / 'data.py'
    config.write_text("cirr = dict(type='CIRRDataset', data_root='data/cirr', split='train')")

    def run(root, ranking):
        tool = repository / 'tools/make_submission.py'
        options = ('--out-dir', tmp_path / 'out', '--cfg-options', f'cirr.data_root={root}')
        return run_process([sys.executable, tool, ranking, config, *options])

    return run


def test_a_ranking_becomes_two_files_or_one_line(run, tmp_path, cirr_root):  # noqa: F811
    ranking = tmp_path / 'ranking.jsonl'
    answers = [QueryRanking(number, NAMES, NAMES[2:]) for number in ('9', '12')]
    write_ranking_file(ranking, answers, {'dataset': 'CIRR', 'split': 'test1'})
    result = run(cirr_root, ranking)
    assert result.returncode == 0, result.stderr
    assert '2 queries of CIRR test1' in result.stdout
    assert len(json.loads((tmp_path / 'out/cirr_recall.json').read_text())['9']) == 7

    write_ranking_file(ranking, answers, {'dataset': 'CIRCO', 'split': 'test1'})
    result = run(cirr_root, ranking)
    assert result.returncode == 1
    assert "expected a ranking of CIRR, found one of 'CIRCO'" in result.stderr

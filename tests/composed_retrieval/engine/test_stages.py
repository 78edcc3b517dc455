"""A second stage begins where the first ended; two processes rank as one does."""

import json
import os
import subprocess
import sys

import pytest
import torch

from composed_retrieval.ranking import read_ranking_file
from tests.composed_retrieval.web.conftest import files  # noqa: F401  (a fixture)
from vl_runtime import launch


def test_the_second_stage_begins_with_the_weights_of_the_first(recipe, tmp_path):
    launch.train(recipe(), work_dir=tmp_path / 'stage1')
    first = torch.load(tmp_path / 'stage1/best.pth', weights_only=True)['state_dict']
    second = recipe(load_from=str(tmp_path / 'stage1/best.pth'))
    second.model.region_loss = dict(type='RegionContrastLoss')
    second.optim_wrapper.optimizer.lr = 0.0
    launch.train(second, work_dir=tmp_path / 'stage2')
    after = torch.load(tmp_path / 'stage2/best.pth', weights_only=True)['state_dict']
    assert all(torch.equal(value, after[name]) for name, value in first.items())


@pytest.mark.slow  # two processes that load everything
def test_two_processes_rank_and_score_every_query_once(files, tmp_path, repository):  # noqa: F811
    config, checkpoint = files()
    text = config.read_text()
    content = launch.load_config(config)
    content.test_dataloader.dataset.indices = 9  # not a multiple of two
    content.dump(config)
    assert config.read_text() != text
    alone = launch.test(content, checkpoint, work_dir=tmp_path / 'one')
    words = ['bash', repository / 'tools/dist_test.sh', config, checkpoint, '2']
    words += ['--work-dir', tmp_path / 'two']
    done = subprocess.run(
        list(map(str, words)),
        env={**os.environ, 'PYTHON': sys.executable},
        capture_output=True,
        text=True,
        cwd=repository,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    one, two = (
        read_ranking_file(tmp_path / name / 'ranking_val.jsonl')[1] for name in ('one', 'two')
    )
    assert one == two and len(one) == 9
    (log,) = (tmp_path / 'two').glob('2*/2*.json')
    found = json.loads(log.read_text().splitlines()[-1])
    assert found['cirr/mean7'] == pytest.approx(alone['cirr/mean7'])

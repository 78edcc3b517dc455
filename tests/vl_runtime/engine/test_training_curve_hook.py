"""Every training ends in a picture, and none fails because of it."""

import time

import cv2
import pytest
from mmengine.registry import HOOKS

from vl_runtime import launch
from vl_runtime.engine import TrainingCurveHook
from vl_runtime.reports.training_log import read_training_log


@pytest.fixture
def toy(repository, monkeypatch):
    folder = repository / 'tests/data/toy'
    monkeypatch.syspath_prepend(str(folder))
    return folder / 'toy_recipe.py'


def test_it_is_built_from_a_config():
    assert isinstance(HOOKS.build({'type': 'TrainingCurveHook'}), TrainingCurveHook)


def test_a_run_that_was_resumed_ends_in_one_curve(toy, tmp_path):
    launch.train(toy, work_dir=tmp_path, cfg_options={'train_cfg.max_epochs': 1})
    picture = tmp_path / 'training_curve.png'
    assert cv2.imread(str(picture)).std() > 5
    picture.unlink()
    time.sleep(1)  # runs are told apart by the second in which they began
    launch.train(toy, work_dir=tmp_path, resume='auto')
    assert picture.is_file()
    log = read_training_log(tmp_path)
    assert log.num_parts == 2
    assert [iteration for iteration, _ in log.losses['loss']] == [2, 4, 6, 8]


def test_a_picture_that_cannot_be_drawn_is_a_line_in_the_log(toy, tmp_path):
    (tmp_path / 'training_curve.png').mkdir()  # cannot be replaced by a file
    runner = launch.train(toy, work_dir=tmp_path)
    assert runner.iter == 8
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'training_curve.png: not drawn (' in log

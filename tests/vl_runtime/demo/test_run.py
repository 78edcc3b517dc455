"""The demo, all of it, with a few pictures and one epoch."""

import json

import cv2
import pytest

from vl_runtime.demo import run
from vl_runtime.demo.shapes_data import UNTAUGHT_PHRASES, ShapesSpec


@pytest.fixture
def small_demo(monkeypatch):
    small = ShapesSpec(num_train=16, num_val=4, num_test=24)
    monkeypatch.setattr(run, 'ShapesSpec', lambda: small)


def test_demo_writes_report_table_and_pictures(small_demo, repository, tmp_path):
    said = []
    result = run.run_demo(
        repository / 'configs/demo/yolo_world_n_shapes.py',
        data_root=tmp_path / 'shapes',
        work_dir=tmp_path / 'work',
        cfg_options={'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 1},
        say=said.append,
    )

    assert [line for line in said if line.startswith('[')] == [
        '[1/4] draw the data set',
        '[2/4] train',
        '[3/4] evaluate',
        '[4/4] draw pictures',
    ]
    assert result.iterations == 1
    assert set(UNTAUGHT_PHRASES) <= set(result.scores)
    assert all(0 <= score <= 1 for score in result.scores.values())
    table = run.result_table(result)
    assert '4 phrases never taught' in table and 'time, train' in table
    report = (tmp_path / 'work/report.md').read_text()
    assert table in report and 'tools/predict.py' in report
    assert json.loads((tmp_path / 'work/report.json').read_text())['iterations'] == 1
    for picture in ('untaught.png', 'training_curve.png'):
        assert min(cv2.imread(str(tmp_path / 'work' / picture)).shape[:2]) > 100
    assert (tmp_path / 'work/best.pth').exists()

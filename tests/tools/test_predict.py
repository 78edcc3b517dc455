import json
import os
import sys

import cv2
import numpy as np
import pytest

from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, predictor_recipe, tmp_path):
    """run(*arguments): the tool in its own process, with the recipe of square detectors."""

    def start(*arguments):
        environment = {**os.environ, 'PYTHONPATH': str(predictor_recipe.parent)}
        return run_process(
            [sys.executable, repository / 'tools' / 'predict.py', *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
        )

    return start


@pytest.fixture
def checkpoint(tmp_path):
    import torch

    path = tmp_path / 'best.pth'
    torch.save({'state_dict': {'weight': torch.ones(2)}}, path)
    return path


def test_help_is_there(run):
    result = run('--help')
    assert result.returncode == 0
    assert '--score-threshold' in result.stdout


def test_a_folder_is_predicted_and_a_broken_picture_makes_status_one(
    run, predictor_recipe, checkpoint, tmp_path
):
    folder = tmp_path / 'in'
    folder.mkdir()
    cv2.imwrite(str(folder / 'a.png'), np.full((16, 24, 3), 90, np.uint8))
    (folder / 'b.png').write_bytes(b'no picture')
    result = run(
        predictor_recipe, checkpoint, folder, '--texts', 'red circle', 'dog',
        '--out-dir', tmp_path / 'out', '--cfg-options', 'model.test_cfg.max_per_img=200',
    )  # fmt: skip
    assert result.returncode == 1
    assert '1 images, 2 boxes: red circle 1, dog 1' in result.stdout
    assert f'error: {folder / "b.png"}: expected an image' in result.stderr
    assert 'error: 1 files could not be read' in result.stderr
    assert 'Traceback' not in result.stderr
    content = json.loads((tmp_path / 'out' / 'predictions.json').read_text())
    assert [item['name'] for item in content['categories']] == ['red circle', 'dog']
    assert (tmp_path / 'out' / 'pictures' / 'a.jpg').is_file()


def test_a_mistake_is_one_line(run, predictor_recipe, tmp_path):
    result = run(predictor_recipe, tmp_path / 'no.pth', tmp_path)
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith(f'error: {tmp_path / "no.pth"}')
    assert 'Traceback' not in result.stderr


def test_files_or_a_camera_are_expected(run, predictor_recipe, checkpoint, tmp_path):
    for arguments in ([], [tmp_path, '--webcam', '0']):
        result = run(predictor_recipe, checkpoint, *arguments)
        assert result.returncode == 2
        assert 'expected INPUT or --webcam NUMBER, and not both' in result.stderr


def test_a_camera_that_is_not_there_is_one_line(run, predictor_recipe, checkpoint):
    result = run(predictor_recipe, checkpoint, '--webcam', '97')
    assert result.returncode == 1
    assert result.stderr.startswith('error: --webcam 97: expected a camera')


def test_embeddings_and_label_files(run, predictor_recipe, checkpoint, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.full((16, 24, 3), 90, np.uint8))
    np.save(tmp_path / 'e.npy', np.eye(2))
    result = run(
        predictor_recipe, checkpoint, tmp_path / 'a.png', '--texts', 'red circle', 'dog',
        '--embeddings', tmp_path / 'e.npy', '--save-yolo', '--no-pictures',
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert 'written: outputs/predictions.json, outputs/labels/' in result.stdout
    assert len((tmp_path / 'outputs/labels/a.txt').read_text().splitlines()) == 2

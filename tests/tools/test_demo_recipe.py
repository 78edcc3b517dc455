"""The demo's recipe through the real commands: two processes train it, one tests it."""

import json
import os
import pickle
import subprocess
import sys

import pytest

from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset


def command(repository, *words, **environment):
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, 'PYTHON': sys.executable, **environment},
        capture_output=True,
        text=True,
        cwd=repository,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_two_processes_train_validate_and_save_once(repository, tmp_path):
    data = make_shapes_dataset(tmp_path / 'shapes', ShapesSpec(16, 4, 8))
    recipe = repository / 'configs/demo/yolo_world_n_shapes.py'
    work, root = tmp_path / 'work', f'shapes_root={data}'

    output = command(
        repository,
        *(repository / 'tools/dist_train.sh', recipe, 2, '--work-dir', work),
        *('--cfg-options', root, 'train_cfg.max_epochs=2', 'train_cfg.val_interval=2'),
        'train_dataloader.batch_size=4',
        PORT='29617',
    )
    assert output.count('Saving checkpoint at 2 epochs') == 1
    assert output.count('coco/bbox_mAP:') == 1
    assert json.loads((work / 'best.json').read_text())['epoch'] == 2

    output = command(
        repository,
        *(sys.executable, repository / 'tools/test.py', recipe, work / 'best.pth'),
        *('--work-dir', work, '--out', tmp_path / 'out.pkl', '--show-dir', tmp_path / 'shown'),
        *('--cfg-options', root),
    )
    assert 'coco/mAP/untaught' in output
    assert len(pickle.loads((tmp_path / 'out.pkl').read_bytes())) == 8
    assert len(list((tmp_path / 'shown').rglob('*.jpg'))) == 8

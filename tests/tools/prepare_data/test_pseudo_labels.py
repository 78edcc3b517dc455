import json
import os
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, MODELS, DefaultScope

import yolo_world  # noqa: F401
from tests.tool_process import run as run_process
from vl_runtime.config_files import load_config


def run(repository, *arguments, **environment):
    tool = repository / 'tools' / 'prepare_data' / 'pseudo_labels.py'
    return run_process(
        [sys.executable, tool, *map(str, arguments)],
        env={**os.environ, **environment},
    )


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / 'images'
    folder.mkdir()
    for name in 'abc':
        noise = np.random.randint(0, 255, (96, 128, 3), np.uint8)
        cv2.imwrite(str(folder / f'{name}.png'), noise)
    captions = {'a.png': 'a red circle on the grass', 'b.png': ['blue square'], 'c.png': 'a star'}
    (tmp_path / 'captions.json').write_text(json.dumps(captions))
    return folder


def test_help_is_there(repository):
    result = run(repository, '--help')
    assert result.returncode == 0 and '--shard' in result.stdout


def test_labels_of_a_real_network_are_read_by_the_data_set(repository, pictures, tmp_path):
    recipe = repository / 'configs' / 'demo' / 'yolo_world_n_shapes.py'
    with DefaultScope.overwrite_default_scope('mmyolo'):
        model = MODELS.build(load_config(recipe).model)
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'net.pth')
    out = tmp_path / 'labels.json'
    result = run(
        repository, recipe, tmp_path / 'net.pth', pictures, tmp_path / 'captions.json',
        '--out', out, '--score-threshold', 0, '--device', 'cpu',
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert '3 images with ' in result.stdout and '3/3' in result.stderr
    assert (tmp_path / 'labels.shards' / '00000_of_00001.jsonl').is_file()

    dataset = DATASETS.build(
        dict(
            type='YOLOv5GeneralGroundingDataset',
            ann_file=str(out),
            data_prefix=dict(img=str(pictures)),
            pipeline=[],
        )
    )
    assert len(dataset) == 3
    names = {'a.png': {'red circle', 'grass'}, 'b.png': {'blue square'}, 'c.png': {'star'}}
    for index in range(3):
        info = dataset.get_data_info(index)
        assert {text for (text,) in info['texts']} <= names[os.path.basename(info['img_path'])]
        assert info['instances']


def test_mistakes_are_one_line(repository, tmp_path):
    result = run(repository, 'r.py', 'c.pth', tmp_path, 'no.json', '--out', tmp_path / 'o.json')
    assert result.returncode == 1
    assert result.stderr.startswith('error: no.json: ') and 'Traceback' not in result.stderr

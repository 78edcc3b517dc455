import sys

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

import yolo_world  # noqa: F401  (the backbone is mmyolo's)
from composed_retrieval.boxes.box_file import BoxFile, PictureBoxes
from composed_retrieval.boxes.random_places import at_random_places
from composed_retrieval.demo.report import legend, report_page, score_table
from tests.tool_process import run as run_process
from vl_runtime.errors import InputValueError

BACKBONE = dict(
    type='mmyolo.YOLOv8CSPDarknet', deepen_factor=0.33, widen_factor=0.125, out_indices=(1, 2, 3, 4)
)
TRUNK = dict(type='FeatureMapTrunk', backbone=BACKBONE, image_size=64, patch_size=16)


def test_boxes_at_random_places_keep_their_sizes():
    boxes = np.array([[0.1, 0.2, 0.4, 0.9], [0, 0, 1, 1]])
    content = BoxFile({'a': PictureBoxes(boxes, (0.5, 0.6)), 'b': PictureBoxes(np.zeros((0, 4)))})
    moved = at_random_places(content, seed=1)
    found = moved.images['a'].boxes
    np.testing.assert_allclose(found[:, 2:] - found[:, :2], boxes[:, 2:] - boxes[:, :2])
    assert found.min() >= 0 and found.max() <= 1 and (found[0] != boxes[0]).all()
    np.testing.assert_allclose(found[1], boxes[1])
    assert moved.images['a'].scores == () and len(moved.images['b'].boxes) == 0
    assert (at_random_places(content, seed=1).images['a'].boxes == found).all()


def test_the_table_is_in_percent_and_tells_its_error():
    scores = {'chance': {'cirr/R@1': 0.01, 'cirr/R@5': 0.05, 'cirr/Rsub@1': 0.2, 'cirr/mean7': 0.3}}
    assert '| 1.0 | 5.0 |   20.0 |  30.0 |' in score_table(scores)
    assert 'up to 2.5' in legend(400)
    page = report_page(scores, {'draw': 1.2}, 400)
    assert '![rankings](top5.png)' in page and score_table(scores) in page


def test_feature_maps_become_tokens_of_a_grid():
    torch.manual_seed(0)
    trunk = MODELS.build(TRUNK)
    pixels = torch.rand(2, 3, 64, 64)
    tokens = trunk(pixels)
    assert tokens.shape == (2, 17, trunk.width) and trunk.grid.side == 4
    torch.testing.assert_close(tokens[:, 0], tokens[:, 1:].mean(1))
    last = trunk.backbone(pixels)[-1]  # 2 x 2 cells of 32 pixels, each four times
    torch.testing.assert_close(tokens[:, 1, -last.shape[1] :], last[:, :, 0, 0])
    trunk.train()
    assert not trunk.backbone.training
    assert [n for n, p in trunk.named_parameters() if p.requires_grad] == [
        'post_layernorm.weight',
        'post_layernorm.bias',
    ]


def test_the_trunk_takes_the_weights_of_a_detector_and_refuses_others(tmp_path):
    trunk = MODELS.build(TRUNK)
    state = {f'backbone.image_model.{k}': v for k, v in trunk.backbone.state_dict().items()}
    state['neck.weight'] = torch.zeros(1)
    path = tmp_path / 'detector.pth'
    torch.save({'state_dict': state, 'meta': {}}, path)
    config = dict(TRUNK, checkpoint=str(path), prefix='backbone.image_model.')
    pixels = torch.rand(1, 3, 64, 64)
    assert torch.equal(MODELS.build(config)(pixels), trunk(pixels))
    other = dict(config, backbone=dict(BACKBONE, widen_factor=0.25))
    with pytest.raises(InputValueError, match='It is the checkpoint of another backbone'):
        MODELS.build(other)


@pytest.mark.slow  # five trainings of a few steps, twice
def test_the_whole_demo_reports_and_keeps_what_was_done(repository, tmp_path):
    from vl_runtime.launch import load_config

    recipe = load_config(repository / 'configs/demo/yolo_world_n_shapes.py')
    detector = MODELS.build(recipe.model)
    (tmp_path / 'yolo').mkdir()
    torch.save({'state_dict': detector.state_dict(), 'meta': {}}, tmp_path / 'yolo/best.pth')
    command = [sys.executable, repository / 'tools/demo_retrieval.py', '--quick']
    command += ['--work-dir', tmp_path / 'run', '--data-root', tmp_path / 'data']
    command += ['--yolo', tmp_path / 'yolo']
    first, second = (run_process(command, cwd=tmp_path) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert first.stdout.count('1 steps in') == 5
    assert second.stdout.count('kept from an earlier run') == 5
    table = [line for line in second.stdout.splitlines() if line.startswith('| ')]
    assert [line.split('|')[1].strip() for line in table] == [
        *('model', 'chance', 'without text', 'with text'),
        *('second stage: no region loss', 'second stage: region loss'),
        'second stage: region loss, random boxes',
    ]
    assert all(line in (tmp_path / 'run/report.md').read_text() for line in table)
    assert (tmp_path / 'run/top5.png').is_file()

"""From class texts to a detector without texts, with the command lines that a user types."""

import json
import shutil
import sys

import cv2
import numpy as np
import pytest
import torch

from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, tmp_path):
    """run(tool, *arguments): the tool in its own process."""

    def start(tool, *arguments):
        return run_process(
            [sys.executable, repository / 'tools' / f'{tool}.py', *map(str, arguments)],
            cwd=tmp_path,
        )

    return start


@pytest.fixture
def sources(golden, tmp_path):
    """The reference detector with texts: ``clip/`` (its text tower) and ``world.pth``."""
    from safetensors.torch import save_file

    with np.load(golden / 'yolo_world' / 'detector_v2_texts.npz', allow_pickle=False) as case:
        weights = {k[3:]: torch.from_numpy(case[k]) for k in case.files if k.startswith('sd.')}
    prefix = 'backbone.text_model.model.'
    shutil.copytree(golden / 'yolo_world' / 'clip_tiny', tmp_path / 'clip')
    tower = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    save_file(tower, tmp_path / 'clip' / 'model.safetensors', metadata={'format': 'pt'})
    torch.save({'meta': {'epoch': 3}, 'state_dict': weights}, tmp_path / 'world.pth')
    (tmp_path / 'texts.json').write_text(json.dumps([['dog', 'puppy'], ['cat'], ['car']]))
    return tmp_path


@pytest.mark.parametrize('tool', ['reparameterize_yoloworld', 'generate_text_prompts'])
def test_help_is_there(run, tool):
    result = run(tool, '--help')
    assert result.returncode == 0
    assert '--model' in result.stdout


def test_from_texts_to_boxes(run, sources):
    prompts = run(
        'generate_text_prompts', '--model', 'clip', '--text', 'texts.json', '--out', 'e.npy',
        '--padding', '--device', 'cpu',
    )  # fmt: skip
    assert prompts.returncode == 0, prompts.stderr
    assert prompts.stdout == (
        'written: e.npy, 4 embeddings of width 12, the last one of the background\n'
    )

    result = run(
        'reparameterize_yoloworld', '--model', 'world.pth', '--out-dir', 'out', '--text-embed',
        'e.npy', '--conv-neck', '--text', 'texts.json', '--image-size', 64,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == '3 classes and the background: dog, cat, car'
    assert lines[1] == 'written: out/world_rep_conv.pth, out/world_rep_conv.py'
    assert lines[-1].startswith('largest difference from the source: scores ')
    again = run(
        'reparameterize_yoloworld', '--model', 'world.pth', '--out-dir', 'out', '--text-embed',
        'e.npy', '--conv-neck', '--text', 'texts.json', '--image-size', 64,
    )  # fmt: skip
    assert 'replaced: out/world_rep_conv.pth, out/world_rep_conv.py' in again.stdout.splitlines()

    cv2.imwrite(str(sources / 'a.png'), np.full((64, 64, 3), 90, np.uint8))
    found = run(
        'predict', 'out/world_rep_conv.py', 'out/world_rep_conv.pth', 'a.png',
        '--score-threshold', 0.001, '--device', 'cpu',
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    content = json.loads((sources / 'outputs' / 'predictions.json').read_text())
    assert [item['name'] for item in content['categories']] == ['dog', 'cat', 'car']


def test_a_mistake_is_one_line_and_status_one(run, sources):
    np.save(sources / 'wide.npy', np.ones((3, 16)))
    result = run(
        'reparameterize_yoloworld', '--model', 'world.pth', '--out-dir', 'out', '--text-embed',
        'wide.npy',
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith('error: world.pth: text embeddings: expected')
    assert 'Traceback' not in result.stderr
    assert not (sources / 'out').exists()

    np.save(sources / 'there.npy', np.ones(1))
    result = run('generate_text_prompts', '--model', 'clip', '--text', 'texts.json', '--out',
                 'there.npy')  # fmt: skip
    assert result.returncode == 1
    assert 'error: there.npy: is there already' in result.stderr


def test_a_result_that_differs_ends_with_status_one_and_keeps_the_older_files(run, sources):
    """A variance below zero: finite weights whose outputs are no numbers."""
    content = torch.load(sources / 'world.pth', weights_only=False)
    key = 'bbox_head.head_module.cls_contrasts.0.norm.running_var'
    content['state_dict'][key].fill_(-1.0)
    torch.save(content, sources / 'world.pth')
    np.save(sources / 'e.npy', np.eye(3, 12))
    (sources / 'out').mkdir()
    (sources / 'out' / 'world_rep_linear.pth').write_text('older')

    result = run(
        'reparameterize_yoloworld', '--model', 'world.pth', '--out-dir', 'out', '--text-embed',
        'e.npy', '--image-size', 64,
    )  # fmt: skip

    assert result.returncode == 1
    assert 'differs from its source by more than rounding (scores nan' in result.stderr
    assert [p.name for p in (sources / 'out').iterdir()] == ['world_rep_linear.pth']
    assert (sources / 'out' / 'world_rep_linear.pth').read_text() == 'older'

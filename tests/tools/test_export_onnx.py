import json
import os
import sys

import numpy as np
import pytest
import torch

from tests.tool_process import run as run_process


@pytest.fixture
def run(repository, tmp_path):
    def start(*arguments):
        return run_process(
            [sys.executable, repository / 'tools' / 'export_onnx.py', *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, 'OMP_NUM_THREADS': '1'},
        )

    return start


@pytest.fixture
def recipe_and_checkpoint(golden, tmp_path):
    """The reference's export case without its texts, as learned prompts, in user files."""
    with np.load(golden / 'yolo_world' / 'deploy_outputs.npz', allow_pickle=False) as case:
        model = json.loads(str(case['cfg']))
        weights = {
            key[3:]: torch.from_numpy(case[key]) for key in case.files if key.startswith('sd.')
        }
        weights['embeddings'] = torch.from_numpy(case['in.text_feats'])[0]
    model.update(type='SimpleYOLOWorldDetector', prompt_dim=12, num_prompts=4)
    pipeline = [
        {'type': 'LoadImageFromFile'},
        {'type': 'YOLOv5KeepRatioResize', 'scale': (64, 64)},
        {'type': 'LetterResize', 'scale': (64, 64), 'pad_val': {'img': 114}},
        {'type': 'mmdet.PackDetInputs', 'meta_keys': ('ori_shape', 'scale_factor', 'pad_param')},
    ]
    dataset = {
        'type': 'YOLOv5CocoDataset',
        'metainfo': {'classes': ('dog', 'cat', 'car', 'bus')},
        'pipeline': pipeline,
    }
    recipe = tmp_path / 'recipe.py'
    recipe.write_text(
        "custom_imports = dict(imports=['yolo_world'])\ndefault_scope = 'mmyolo'\n"
        f'model = {model!r}\ntest_dataloader = {dict(dataset=dataset)!r}\n'
    )
    checkpoint = tmp_path / 'best.pth'
    torch.save({'state_dict': weights}, checkpoint)
    return recipe, checkpoint


def test_help_is_there(run):
    result = run('--help')
    assert result.returncode == 0 and '--without-bbox-decoder' in result.stdout


def test_a_file_is_written_compared_and_used_without_its_recipe(
    run, recipe_and_checkpoint, repository, tmp_path
):
    result = run(*recipe_and_checkpoint, '--img-size', 64, '--score-threshold', 0.05)
    assert result.returncode == 0, result.stderr
    assert 'largest difference from the detector on 4 images' in result.stdout
    path = tmp_path / 'work_dirs' / 'best.onnx'
    assert path.is_file()
    result = run_process(
        [sys.executable, repository / 'tools' / 'predict.py', '--onnx', path,
         repository / 'tests/data/golden/no_such.png'], cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 1 and 'there is no such file or folder' in result.stderr


def test_eight_bits_without_test_data_are_refused_before_anything_is_written(
    run, recipe_and_checkpoint, tmp_path
):
    result = run(*recipe_and_checkpoint, '--img-size', 64, '--int8')
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert 'recipe.py: expected test_evaluator, found none.' in result.stderr
    assert not (tmp_path / 'work_dirs').exists()


@pytest.mark.slow
def test_texts_for_a_detector_with_prompts_are_one_line(run, recipe_and_checkpoint):
    result = run(*recipe_and_checkpoint, '--add-padding')
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert 'has its 4 classes inside its weights and takes no texts' in result.stderr


@pytest.mark.parametrize(
    'options, message',
    [
        (['--img-size', 64, 64, 64], r'--img-size: expected a side, or height and width, found'),
        (['--format', 'torchscript', '--fp16', '--int8'], r'torchscript has no --fp16, --int8;'),
        (['--int8', '--embeddings-input'], r'--int8 measures and needs a fixed vocabulary'),
        (['--int8', '--fp16'], '--int8 is made from a float32 file; leave --fp16 out.'),
        (['--int8', '--calibration', 0], '--calibration: expected at least 1 picture, found 0.'),
    ],
)
def test_options_that_cannot_be_used_are_one_line(run, options, message):
    result = run('recipe.py', 'best.pth', *options)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and message in result.stderr

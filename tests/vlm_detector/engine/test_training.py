"""Training a vision-language model through the runner, and what it leaves behind."""

import json

import cv2
import pytest
import torch

from vl_runtime import launch

HOOKS = """
custom_hooks = [
    dict(type='BestCheckpointHook', metric='coco/bbox_mAP'),
    dict(type='AnswerSamplesHook', num_bad=2, num_good=1),
    dict(type='AdapterExportHook'),
    dict(type='ThroughputHook'),
    dict(type='FiniteLossHook'),
]
"""


def _scalars(folder):
    entries = []
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        entries += [json.loads(line) for line in path.read_text().splitlines()]
    return entries


def _curve(folder):
    return {
        entry['step']: (entry['loss'], entry['num_tokens'])
        for entry in _scalars(folder)
        if 'loss' in entry
    }


def _weights(path):
    return torch.load(path, weights_only=False)['state_dict']


@pytest.mark.parametrize(
    ('family', 'workers'),
    [
        ('qwen3_vl', 0),
        pytest.param('qwen3_vl', 2, marks=pytest.mark.slow),
        pytest.param('qwen2_5_vl', 0, marks=pytest.mark.slow),
        pytest.param('florence2', 2, marks=pytest.mark.slow),
    ],
)
def test_a_run_resumed_inside_an_epoch_equals_an_uninterrupted_one(
    recipe, tmp_path, family, workers
):
    """With dropout, mirrored pictures, accumulation over three and left-over batches."""
    path = recipe(family)
    straight, resumed = tmp_path / 'straight', tmp_path / 'resumed'
    launch.train(path, work_dir=straight)
    # Five batches an epoch, windows of three: steps after 3, 5, 8, 10; due after 3, 6, 9.
    numbers = sorted(int(file.stem[5:]) for file in straight.glob('iter_*.pth'))
    assert numbers == [3, 8, 10]
    launch.train(
        path,
        work_dir=resumed,
        resume=str(straight / 'iter_8.pth'),
        cfg_options=[f'train_dataloader.num_workers={workers}'],
    )
    curve = _curve(straight)
    assert len(curve) == 10
    assert _curve(resumed) == {step: curve[step] for step in (9, 10)}
    one, other = _weights(straight / 'iter_10.pth'), _weights(resumed / 'iter_10.pth')
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert torch.equal(value, other[key]), key


@pytest.fixture
def trained(recipe, tmp_path):
    """Work folder of one epoch with all hooks, and its recipe."""
    path = recipe(extra=HOOKS)
    options = ['train_cfg.max_epochs=1', 'train_cfg.val_interval=1']
    launch.train(path, work_dir=tmp_path / 'run', cfg_options=options)
    return tmp_path / 'run', path


@pytest.mark.slow
def test_a_training_leaves_a_small_checkpoint_answers_an_adapter_and_rates(trained, tiny_folder):
    folder, _ = trained
    weights = _weights(folder / 'best.pth')
    assert all('lora_' in key or key == 'base_sample' for key in weights)
    assert (folder / 'best.pth').stat().st_size < 200_000

    answers = [json.loads(line) for line in (folder / 'answers/iter_5.jsonl').open()]
    assert len(answers) == 3
    assert [one['quality'] for one in answers] == sorted(one['quality'] for one in answers)
    assert answers[0]['prompts'] and answers[0]['status'] == 'fail'
    assert cv2.imread(str(folder / 'answers/iter_5.jpg')).shape[0] > 300
    log = max(folder.glob('*/*.log')).read_text()
    assert log.count('mmengine - INFO - detection (') == 3

    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(tiny_folder('qwen3_vl'))
    adapted = PeftModel.from_pretrained(model, folder / 'adapter').state_dict()
    key = next(key for key in weights if 'lora_B' in key)
    assert torch.equal(adapted[key.removeprefix('vlm.')], weights[key])
    assert (folder / 'adapter_last/adapter_config.json').is_file()

    last = [entry for entry in _scalars(folder) if 'loss' in entry][-1]
    assert last['images_per_second'] > 0
    assert last['tokens_per_second'] > 10 * last['images_per_second']


@pytest.mark.slow
def test_averaged_weights_are_kept_for_the_adapter_alone(recipe, tmp_path):
    extra = "custom_hooks = [dict(type='mmengine.EMAHook', momentum=0.5)]\n"
    path = recipe(extra=extra)
    straight = tmp_path / 'straight'
    launch.train(path, work_dir=straight)
    checkpoint = torch.load(straight / 'iter_10.pth', weights_only=False)
    for name in ('state_dict', 'ema_state_dict'):
        assert all(
            'lora_' in key or 'base_sample' in key for key in checkpoint[name] if key != 'steps'
        )
    key = next(key for key in checkpoint['state_dict'] if 'lora_B' in key)
    averaged = checkpoint['state_dict'][key]
    last = checkpoint['ema_state_dict'][f'module.{key}']
    assert not torch.equal(averaged, last)
    launch.train(path, work_dir=tmp_path / 'resumed', resume=str(straight / 'iter_8.pth'))
    other = torch.load(tmp_path / 'resumed/iter_10.pth', weights_only=False)
    assert torch.equal(other['state_dict'][key], averaged)
    assert torch.equal(other['ema_state_dict'][f'module.{key}'], last)


@pytest.mark.slow
def test_an_adapter_of_another_rank_or_base_is_refused_in_one_line(
    trained, recipe, command, tmp_path
):
    folder, path = trained
    rank = ['--cfg-options', 'model.lora.rank=8']
    shown = command(
        'train.py',
        path,
        '--work-dir',
        tmp_path / 'a',
        '--resume',
        folder / 'iter_5.pth',
        *rank,
        status=1,
    )
    assert shown.strip().splitlines()[-1].startswith('error: ')
    assert 'iter_5.pth' in shown and 'rank' in shown.splitlines()[-1]
    shown = command(
        'test.py', path, folder / 'iter_5.pth', '--work-dir', tmp_path / 'b', *rank, status=1
    )
    assert 'rank' in shown.splitlines()[-1]

    checkpoint = torch.load(folder / 'iter_5.pth', weights_only=False)
    checkpoint['state_dict']['base_sample'] += 1
    torch.save(checkpoint, tmp_path / 'other_base.pth')
    shown = command(
        'test.py', path, tmp_path / 'other_base.pth', '--work-dir', tmp_path / 'c', status=1
    )
    assert shown.splitlines()[-1].startswith('error: ')
    assert 'base' in shown.splitlines()[-1]

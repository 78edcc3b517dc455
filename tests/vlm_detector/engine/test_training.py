"""Training a vision-language model through the runner."""

import json

import pytest
import torch

from vl_runtime import launch


def _curve(folder):
    losses = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if 'loss' in entry:
                losses[entry['step']] = (entry['loss'], entry['num_tokens'])
    return losses


def _weights(path):
    return torch.load(path, weights_only=False)['state_dict']


@pytest.mark.parametrize('family', ['qwen3_vl', 'florence2'])
@pytest.mark.parametrize('workers', [0, 2])
def test_a_run_resumed_inside_an_epoch_equals_an_uninterrupted_one(
    recipe, tmp_path, family, workers
):
    path = recipe(family)
    straight, resumed = tmp_path / 'straight', tmp_path / 'resumed'
    launch.train(path, work_dir=straight, cfg_options=['train_cfg.val_interval=1'])
    # Five batches an epoch, windows of three: steps after 3, 5, 8, 10.
    assert sorted(file.stem for file in straight.glob('iter_*.pth')) == [
        'iter_10',
        'iter_3',
        'iter_5',
        'iter_8',
    ]
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


def test_a_checkpoint_holds_the_adapter_alone(recipe, tmp_path):
    launch.train(recipe(), work_dir=tmp_path / 'run', cfg_options=['train_cfg.max_epochs=1'])
    checkpoint = torch.load(tmp_path / 'run/iter_5.pth', weights_only=False)
    assert all('lora_' in key or key == 'base_sample' for key in checkpoint['state_dict'])
    torch.save(checkpoint['state_dict'], tmp_path / 'weights.pth')
    assert (tmp_path / 'weights.pth').stat().st_size < 200_000

"""A training that was killed and resumed equals one that ran through, bit by bit."""

import json
import os
import sys

import pytest
import torch

from tests.tool_process import run as run_process
from vl_runtime import launch


@pytest.fixture
def train(repository, monkeypatch):
    """Trains a noisy recipe in this process; returns the text of its log file."""
    for name in ('toy', 'noisy'):
        monkeypatch.syspath_prepend(str(repository / 'tests/data' / name))

    def run(work_dir, *options, recipe='noisy_recipe.py', resume=None):
        path = repository / 'tests/data/noisy' / recipe
        launch.train(path, work_dir=work_dir, resume=resume, cfg_options=list(options))
        return max(work_dir.glob('*/*.log')).read_text()

    return run


@pytest.fixture
def command(repository):
    """Runs tools/train.py on a noisy recipe and wants an exit status."""
    folders = [str(repository / 'tests/data' / name) for name in ('toy', 'noisy')]
    environment = {
        **os.environ,
        'PYTHONPATH': os.pathsep.join(folders),
        'OMP_NUM_THREADS': '1',
        'CUDA_VISIBLE_DEVICES': '',
    }

    def run(work_dir, recipe, *arguments, status=0):
        words = [sys.executable, repository / 'tools/train.py', f'{folders[1]}/{recipe}']
        words += ['--work-dir', work_dir, *arguments]
        done = run_process(words, env=environment, timeout=240)
        assert done.returncode == status, done.stdout + done.stderr

    return run


@pytest.fixture
def straight(train, tmp_path):
    """Work folder of the uninterrupted run of a recipe, and which images it read."""

    def folder(recipe='noisy_recipe.py'):
        path = tmp_path / 'straight'
        train(path, f'train_dataloader.dataset.read_log={tmp_path / "read.txt"}', recipe=recipe)
        return path

    return folder


def _curve(folder):
    """Loss by iteration, later lines (of a resumed run) over earlier ones."""
    losses = {}
    for path in sorted(folder.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if 'loss' in entry:
                losses[entry['step']] = entry['loss']
    return losses


def _assert_equal_runs(one, other, name):
    assert len(_curve(one)) == 33
    assert _curve(one) == _curve(other)
    first, second = (torch.load(folder / name, weights_only=False) for folder in (one, other))
    for key, value in first['state_dict'].items():
        assert torch.equal(value, second['state_dict'][key]), key
    for index, values in first['optimizer']['state'].items():
        for key, value in values.items():
            assert torch.equal(value, second['optimizer']['state'][index][key])


@pytest.mark.parametrize(
    ('recipe', 'workers', 'signal'),
    [
        pytest.param('noisy_recipe.py', 2, 'SIGKILL', marks=pytest.mark.slow),
        pytest.param('noisy_recipe.py', 0, 'SIGTERM', marks=pytest.mark.slow),
        pytest.param('noisy_iter_recipe.py', 0, 'SIGTERM', marks=pytest.mark.slow),
        pytest.param('noisy_iter_recipe.py', 2, 'SIGKILL', marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_that_is_resumed_equals_an_uninterrupted_one(
    command, straight, tmp_path, recipe, workers, signal
):
    stopped = tmp_path / 'stopped'
    options = ['--cfg-options', f'train_dataloader.num_workers={workers}']
    kill = ['custom_hooks.0.iteration=17', f'custom_hooks.0.name={signal}']
    status = {'SIGKILL': -9, 'SIGTERM': -15}[signal]
    command(stopped, recipe, *options, *kill, status=status)
    assert (stopped / 'last_checkpoint').read_text().endswith('iter_15.pth')

    command(stopped, recipe, '--resume', *options)

    _assert_equal_runs(straight(recipe), stopped, 'iter_33.pth')


@pytest.mark.parametrize('iteration', [3, 11, 12, 22, 30])
@pytest.mark.parametrize('recipe', ['noisy_recipe.py', 'noisy_iter_recipe.py'])
def test_a_run_resumed_at_any_optimiser_step_equals_an_uninterrupted_one(
    train, straight, tmp_path, recipe, iteration
):
    every = ['default_hooks.checkpoint.interval=1', 'optim_wrapper.accumulative_counts=1']
    train(tmp_path / 'straight', *every, recipe=recipe)
    middle = tmp_path / 'straight' / f'iter_{iteration}.pth'
    train(tmp_path / 'resumed', *every, recipe=recipe, resume=str(middle))
    one, other = (_curve(tmp_path / name) for name in ('straight', 'resumed'))
    assert other == {step: loss for step, loss in one.items() if step > iteration}


def test_a_resumed_run_reads_no_image_that_it_has_trained_on(train, straight, tmp_path):
    middle = straight() / 'iter_15.pth'
    log = tmp_path / 'again.txt'
    option = f'train_dataloader.dataset.read_log={log}'
    train(tmp_path / 'run', option, resume=str(middle))
    assert log.read_text().split() == (tmp_path / 'read.txt').read_text().split()[2 * 15 :]


def test_a_checkpoint_due_inside_an_accumulation_window_is_saved_at_its_end(train, tmp_path):
    shown = train(tmp_path, 'default_hooks.checkpoint.interval=4', 'train_cfg.max_epochs=2')
    names = sorted(int(path.stem[5:]) for path in tmp_path.glob('iter_*.pth'))
    assert names == [6, 9, 12, 18, 21, 22]
    assert 'due at iteration 4 is inside an accumulation window' in shown
    assert 'saved at its end, iteration 6' in shown


def test_an_epoch_that_ends_inside_an_accumulation_window_is_told(train, tmp_path):
    options = ['default_hooks.checkpoint.by_epoch=True', 'default_hooks.checkpoint.interval=1']
    shown = train(tmp_path, *options, 'train_cfg.max_epochs=2')
    assert 'The epoch ends inside an accumulation window' in shown


def test_a_checkpoint_of_another_batch_size_starts_its_epoch_anew_and_says_so(
    train, straight, tmp_path
):
    middle = straight() / 'iter_21.pth'
    shown = train(tmp_path / 'run', 'train_dataloader.batch_size=1', resume=str(middle))
    assert 'does not fit epochs of 22 batches' in shown
    assert 'The epoch starts at its first batch' in shown


def test_a_checkpoint_without_random_state_is_resumed_with_a_warning(train, straight, tmp_path):
    checkpoint = torch.load(straight() / 'iter_21.pth', weights_only=False)
    del checkpoint['random_state']
    torch.save(checkpoint, tmp_path / 'older.pth')
    shown = train(tmp_path / 'run', resume=str(tmp_path / 'older.pth'))
    assert 'holds no random state: the run continues with fresh random numbers' in shown


def test_a_checkpoint_of_more_processes_is_resumed_with_a_warning(train, straight, tmp_path):
    checkpoint = torch.load(straight() / 'iter_21.pth', weights_only=False)
    checkpoint['random_state'] *= 2
    torch.save(checkpoint, tmp_path / 'two.pth')
    shown = train(tmp_path / 'run', resume=str(tmp_path / 'two.pth'))
    assert 'holds the random states of 2 processes, not 1' in shown

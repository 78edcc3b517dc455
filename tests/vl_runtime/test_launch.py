import errno
import os
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.engine import CheckedRunner
from vl_runtime.errors import (
    InputFileNotFoundError,
    InputKeyError,
    InputPermissionError,
    InputValueError,
)


@pytest.fixture
def toy(repository, tmp_path, monkeypatch):
    """The toy recipe; runs in ``tmp_path``."""
    monkeypatch.syspath_prepend(repository / 'tests/data/toy')
    monkeypatch.chdir(tmp_path)
    return repository / 'tests/data/toy/toy_recipe.py'


def test_training_goes_to_work_dirs_by_recipe_name(toy, tmp_path):
    runner = launch.train(toy)
    assert isinstance(runner, CheckedRunner)
    assert (tmp_path / 'work_dirs/toy_recipe/epoch_2.pth').is_file()


def test_a_run_that_was_interrupted_continues_as_if_it_had_not_been(toy, tmp_path):
    whole = launch.train(toy, work_dir=tmp_path / 'whole').model.linear
    hook = {'custom_hooks': [{'type': 'ToyInterrupt', 'iteration': 6}]}
    with pytest.raises(KeyboardInterrupt):
        launch.train(toy, work_dir=tmp_path / 'stopped', cfg_options=hook)
    assert not (tmp_path / 'stopped/epoch_2.pth').exists()

    runner = launch.train(toy, work_dir=tmp_path / 'stopped', resume='auto')

    # Iterations 5 to 8 after 1 to 4: equal only when momentum and learning rate went on.
    assert runner.iter == 8
    torch.testing.assert_close(runner.model.linear.weight, whole.weight)
    torch.testing.assert_close(runner.model.linear.bias, whole.bias)


def test_a_run_can_be_resumed_from_a_path(toy, tmp_path):
    launch.train(toy, work_dir='first')
    runner = launch.train(toy, work_dir='second', resume='first/epoch_1.pth')
    assert runner.iter == 8
    assert not (tmp_path / 'second/epoch_1.pth').exists()


def test_averaged_weights_survive_a_resume_and_a_partial_start(toy):
    options = {'custom_hooks': [{'type': 'EMAHook', 'momentum': 0.5}]}
    launch.train(toy, work_dir='first', cfg_options=options)
    saved = load_checkpoint_file('first/epoch_2.pth')
    assert 'ema_state_dict' in saved
    resumed = launch.train(toy, work_dir='second', resume='first/epoch_2.pth', cfg_options=options)
    torch.testing.assert_close(
        resumed.model.linear.weight, saved['ema_state_dict']['module.linear.weight']
    )

    torch.save({'linear.weight': torch.ones(1, 1)}, 'part.pth')
    options |= {'load_from': 'part.pth', 'train_cfg.max_epochs': 0}
    started = launch.train(toy, work_dir='third', cfg_options=options)
    assert started.model.linear.weight.item() == 1
    average = next(hook for hook in started.hooks if hasattr(hook, 'ema_model')).ema_model.module
    assert average.linear.weight.item() == 1


def test_runs_of_one_process_have_logs_of_their_own(toy, tmp_path):
    launch.train(toy, work_dir='first')
    launch.train(toy, work_dir='second')
    for name in ('first', 'second'):
        (log,) = (tmp_path / name).rglob('*.log')
        assert log.read_text().count('Saving checkpoint at 2 epochs') == 1
        (scalars,) = (tmp_path / name).rglob('scalars.json')
        assert scalars.read_text().count('error') == 2


def test_testing_returns_the_metrics_of_the_checkpoint(toy):
    launch.train(toy, work_dir='run')
    metrics = launch.test(toy, 'run/epoch_2.pth')
    assert metrics['points'] == 16
    weights = load_checkpoint_file('run/epoch_2.pth')['state_dict']
    x = torch.arange(16) / 16
    expected = (weights['linear.weight'] * x + weights['linear.bias'] - 2 * x - 1).abs().mean()
    assert metrics['error'] == pytest.approx(expected.item(), rel=1e-5)


def test_a_checkpoint_of_another_model_is_refused(toy):
    torch.save({'backbone.w': torch.ones(1)}, 'other.pth')
    with pytest.raises(InputValueError, match=r'other\.pth: a checkpoint of another model'):
        launch.test(toy, 'other.pth')
    with pytest.raises(InputValueError, match=r'other\.pth: a checkpoint of another model'):
        launch.train(toy, cfg_options={'load_from': 'other.pth'})


def test_a_partial_match_is_logged_with_counts(toy, tmp_path):
    torch.save({'linear.weight': torch.ones(1, 1), 'head.w': torch.ones(1)}, 'part.pth')
    launch.test(toy, 'part.pth', work_dir='run')
    (log,) = (tmp_path / 'run').rglob('*.log')
    assert 'WARNING - Loaded part.pth: 1 keys matched, 1 of the model not in the checkpoint' in (
        log.read_text()
    )


def test_another_shape_is_a_start_for_training_and_an_error_for_a_test(toy):
    torch.save({'linear.weight': torch.ones(2, 1), 'linear.bias': torch.ones(1)}, 'wide.pth')
    with pytest.raises(InputValueError, match=r'wide\.pth: weights of another configuration'):
        launch.test(toy, 'wide.pth')
    started = launch.train(toy, cfg_options={'load_from': 'wide.pth', 'train_cfg.max_epochs': 0})
    assert started.model.linear.bias.item() == 1


def test_weights_alone_cannot_be_resumed(toy):
    torch.save({'linear.weight': torch.ones(1, 1)}, 'weights.pth')
    with pytest.raises(InputValueError, match=r'weights\.pth: holds weights only'):
        launch.train(toy, resume='weights.pth')


def test_mistakes_are_told_before_training(toy, tmp_path):
    with pytest.raises(InputFileNotFoundError, match=r'absent\.pth: no such checkpoint'):
        launch.train(toy, resume='absent.pth')
    published = 'data/weights/yolo_world_v2_s_obj365v1_goldg_pretrain-55b943ea.pth'
    with pytest.raises(
        InputFileNotFoundError,
        match=r'55b943ea\.pth: no such checkpoint; "python tools/download\.py yolo_world_v2_s" ',
    ):
        launch.train(toy, cfg_options={'load_from': published})
    with pytest.raises(InputKeyError, match=r"'ToyModl' \(model\.type\).*Did you mean 'ToyModel'"):
        launch.train(toy, cfg_options=['model.type=ToyModl'])
    with pytest.raises(InputValueError, match=r"launcher: expected one of .*found 'magic'"):
        launch.train(toy, launcher='magic')
    (tmp_path / 'file').touch()
    with pytest.raises(InputPermissionError, match='the work folder cannot be written'):
        launch.train(toy, work_dir=tmp_path / 'file' / 'run')


def test_a_recipe_without_test_data_is_told(toy):
    torch.save({'linear.weight': torch.ones(1, 1)}, 'weights.pth')
    with pytest.raises(InputValueError, match='testing needs test_dataloader'):
        launch.test(toy, 'weights.pth', cfg_options={'test_dataloader': None})


def test_a_dump_must_be_a_pickle_and_leaves_nothing_half_written(toy, tmp_path):
    torch.save({'linear.weight': torch.ones(1, 1)}, 'weights.pth')
    with pytest.raises(InputValueError, match=r'--out a\.json: expected a name that ends in \.pkl'):
        launch.test(toy, 'weights.pth', out='a.json')
    torch.save({'other': torch.ones(1)}, 'other.pth')
    with pytest.raises(InputValueError, match='another model'):
        launch.test(toy, 'other.pth', out='out/a.pkl')
    assert os.listdir(tmp_path / 'out') == []


def test_augmentation_wants_its_parts(toy):
    torch.save({'linear.weight': torch.ones(1, 1)}, 'weights.pth')
    with pytest.raises(InputValueError, match='--tta needs tta_model'):
        launch.test(toy, 'weights.pth', tta=True)


def test_augmentation_replaces_the_outermost_pipeline():
    config = Config(
        {
            'model': {'type': 'A'},
            'tta_model': {'type': 'T'},
            'tta_pipeline': [{'type': 'New'}],
            'test_dataloader': {
                'dataset': {'pipeline': [], 'dataset': {'batch_shapes_cfg': {'a': 1}}}
            },
        }
    )
    launch._augment(config)
    assert config.model == {'type': 'T', 'module': {'type': 'A'}}
    assert config.test_dataloader.dataset.pipeline == [{'type': 'New'}]
    assert config.test_dataloader.dataset.dataset.batch_shapes_cfg is None


def test_pictures_go_to_the_folder_that_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Config({'default_hooks': {'logger': {'type': 'LoggerHook'}}})
    launch._draw_into(config, launch.Path('drawn'))
    assert config.default_hooks.visualization.to_dict() == {
        'type': 'mmdet.DetVisualizationHook',
        'draw': True,
        'test_out_dir': str(tmp_path / 'drawn'),
    }
    assert config.default_hooks.logger.type == 'LoggerHook'
    assert config.visualizer.type == 'mmdet.DetLocalVisualizer'


def test_amp_on_this_cpu_trains(toy):
    runner = launch.train(toy, amp=True)
    assert runner.iter == 8
    assert torch.isfinite(runner.model.linear.weight).all()
    assert 'toy_parts' in sys.modules


@pytest.mark.parametrize(
    ('option', 'expected'),
    [
        ('train_dataloader.batchsize=3', r"train_dataloader: DataLoader got .*'batchsize'"),
        ('train_dataloader.batch_size=0', r'DataLoader: batch_size should be a positive integer'),
        ('optim_wrapper.optimizer.type=SGDD', r"type 'SGDD' \(optim_wrapper\.optimizer\.type\) is"),
        ('param_scheduler.endd=3', r"param_scheduler\.type: LinearP\w+ got .*'endd'"),
        ('train_cfg.max_epochs=abc', r"train_cfg\.type: invalid literal for int.*'abc'"),
        ('train_cfg.val_interval=0', r'train_cfg\.val_interval: expected 1 or more .*found 0'),
        ('train_cfg=None', r'toy_recipe\.py: training needs train_cfg, which is not there'),
        ('model=None', r'toy_recipe\.py: training needs model, which is not there'),
    ],
)
def test_a_wrong_value_of_a_recipe_is_one_line(toy, option, expected):
    with pytest.raises((InputValueError, InputKeyError), match=expected):
        launch.train(toy, cfg_options=[option])


def test_a_run_whose_folder_was_moved_is_continued(toy, tmp_path):
    launch.train(toy, work_dir='first', cfg_options={'train_cfg.max_epochs': 1})
    (tmp_path / 'first').rename(tmp_path / 'second')
    assert launch.train(toy, work_dir='second', resume='auto').iter == 8
    (tmp_path / 'second/epoch_2.pth').unlink()
    with pytest.raises(InputFileNotFoundError, match=r'last_checkpoint: names .*epoch_2\.pth, whi'):
        launch.train(toy, work_dir='second', resume='auto')


def test_pictures_need_a_folder_that_can_be_written(toy, tmp_path):
    torch.save({'linear.weight': torch.ones(1, 1)}, 'weights.pth')
    (tmp_path / 'file').touch()
    with pytest.raises(InputPermissionError, match=r'the picture folder cannot be .*--show-dir'):
        launch.test(toy, 'weights.pth', show_dir='file')


def test_a_full_disk_is_told_before_training(toy, monkeypatch):
    def on_full_disk(dir):
        return Path('/dev/full').open('wb')

    monkeypatch.setattr(launch.tempfile, 'TemporaryFile', on_full_disk)
    with pytest.raises(InputPermissionError, match=r'run: the work folder .*\(No space left on'):
        launch.train(toy, work_dir='run')


def test_a_full_disk_leaves_the_last_checkpoint_whole(toy, tmp_path, monkeypatch):
    launch.train(toy, work_dir='run', cfg_options={'train_cfg.max_epochs': 1})
    before = (tmp_path / 'run/epoch_1.pth').read_bytes()

    def put(self, data, path):
        Path(path).write_bytes(data[:100])
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr('mmengine.fileio.backends.LocalBackend.put', put)
    with pytest.raises(InputPermissionError, match=r'epoch_1\.pth: writing failed \(No space left'):
        launch.train(toy, work_dir='run')
    assert (tmp_path / 'run/epoch_1.pth').read_bytes() == before
    assert not [path for path in (tmp_path / 'run').iterdir() if 'tmp' in path.name]

"""``--debug`` over recipes of every kind."""

import copy
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS

from vl_runtime import launch
from vl_runtime.debug_preset import apply_debug_preset
from vl_runtime.errors import InputValueError

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'


@pytest.mark.parametrize(
    'recipe',
    [
        'finetune/yolo_world_n_finetune_own.py',
        'finetune/qwen3_vl_2b_lora_logodet3k.py',
        'pretrain/yolo_world_v2_s_vlpan_bn_2e-3_100e_4x8gpus_obj365v1_goldg_train_lvis_minival.py',
    ],
)
def test_any_recipe_gets_short(recipe):
    config = Config.fromfile(str(CONFIGS / recipe), import_custom_modules=False)
    before = copy.deepcopy(config)
    apply_debug_preset(config)
    assert config.train_cfg.max_epochs == config.train_cfg.val_interval == 1
    train, val = config.train_dataloader, config.val_dataloader
    assert (train.batch_size, train.dataset.limit, val.dataset.limit) == (2, 100, 50)
    assert train.dataset.dataset == before.train_dataloader.dataset
    assert config.work_dir == f'work_dirs/{Path(recipe).stem}_debug'
    assert config.model == before.model and config.val_evaluator == before.val_evaluator


def test_what_was_set_by_hand_stays():
    config = Config({'train_cfg': {'max_iters': 9}, 'train_dataloader': {'batch_size': 8}})
    config.train_dataloader.dataset = {'type': 'ToyDataset'}
    apply_debug_preset(config, ['train_dataloader.batch_size'])
    assert (config.train_cfg.max_iters, config.train_dataloader.batch_size) == (100 // 8, 8)
    apply_debug_preset(config, ['train_cfg.max_iters'])
    assert config.train_cfg.max_iters == 100 // 8


def test_a_recipe_runs_with_it(repository, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(repository / 'tests/data/toy')
    monkeypatch.chdir(tmp_path)
    runner = launch.train(repository / 'tests/data/toy/toy_recipe.py', debug=True)
    assert runner.iter == len(runner.train_dataloader) and runner.epoch == 1
    assert len(runner.train_dataloader.dataset) <= 100
    assert list(tmp_path.glob('work_dirs/toy_recipe_debug/epoch_1.pth'))


def test_a_subset_is_spread_and_always_the_same(repository, monkeypatch):
    monkeypatch.syspath_prepend(repository / 'tests/data/toy')
    import toy_parts  # noqa: F401

    subset = DATASETS.build({'type': 'SpreadSubset', 'dataset': {'type': 'ToyDataset'}, 'limit': 3})
    whole = DATASETS.build({'type': 'ToyDataset'})
    last = len(whole) - 1
    assert len(subset) == 3 and subset.indices.tolist() == [0, round(last / 2), last]
    everything = {'type': 'SpreadSubset', 'dataset': {'type': 'ToyDataset'}, 'limit': 10**6}
    assert len(DATASETS.build(everything)) == len(whole)
    with pytest.raises(InputValueError, match=r'a limit of 1 or more, found 0'):
        DATASETS.build({'type': 'SpreadSubset', 'dataset': {'type': 'ToyDataset'}, 'limit': 0})


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        ({}, r'--debug shortens a training; there is none'),
        (
            {
                'train_cfg': {'max_epochs': 3},
                'train_dataloader': {'batch_sampler': {}, 'dataset': {}},
            },
            r'--debug needs a train_dataloader with a dataset and without a batch_sampler',
        ),
        (
            {'train_cfg': {'type': 'MyLoop'}, 'train_dataloader': {'dataset': {}}},
            r"expected max_epochs or max_iters in train_cfg, found \['type'\]",
        ),
    ],
)
def test_what_cannot_be_shortened_is_refused(config, message):
    with pytest.raises(InputValueError, match=message):
        apply_debug_preset(Config(config))

"""The trade of fine-tuning: its table, and a real run of some ways with a few pictures."""

import json
from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS, TRANSFORMS, DefaultScope

from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.launch import load_config
from yolo_world.retention_trade import WAYS, Trade, measure_trade, trade_table, write_trade

RECIPES = Path(__file__).resolve().parents[2] / 'configs/demo'
ROWS = [Trade('before', 0, 0.0, 0.1, 0.9, 0.8), Trade('rep', 1234567, 61.4, 0.7, None, None)]


def test_a_fixed_vocabulary_is_not_asked_for_other_phrases():
    cells = [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in trade_table(ROWS).splitlines()[2:]
    ]
    assert cells == [
        ['before', '-', '-', '0.100', '0.900', '0.800'],
        ['rep', '1,234,567', '61', '0.700', '-', '-'],
    ]


def test_table_values_and_picture_are_written(tmp_path):
    write_trade(tmp_path, ROWS)
    assert trade_table(ROWS) in (tmp_path / 'retention_trade.md').read_text()
    assert json.loads((tmp_path / 'retention_trade.json').read_text())[0]['untaught'] == 0.8
    assert (tmp_path / 'retention_trade.png').read_bytes()[:4] == b'\x89PNG'


def test_mistakes_are_one_line(tmp_path):
    with pytest.raises(InputValueError, match=r"ways: expected some of \['finetune'.*'lorra'"):
        measure_trade(RECIPES, 'a.pth', ways=['lorra'], say=print)
    with pytest.raises(InputFileNotFoundError, match=r'a\.pth: no such checkpoint; "make demo"'):
        measure_trade(RECIPES, tmp_path / 'a.pth', say=print)


@pytest.mark.parametrize('way', WAYS)
def test_the_recipe_of_every_way_can_be_built(way, tmp_path):
    target = make_shapes_dataset(tmp_path / 'target', ShapesSpec(1, 1, 1, 64, target=True))
    config = load_config(RECIPES / f'yolo_world_n_target_{way}.py', {'target_root': str(target)})
    dataset = config.train_dataloader.dataset
    pipelines = [part.pipeline for part in dataset.get('datasets', [dataset])]
    with DefaultScope.overwrite_default_scope(config.default_scope):
        model = MODELS.build(config.model)
        assert all(TRANSFORMS.build(step) is not None for steps in pipelines for step in steps)
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert (trained == ['embeddings']) == (way == 'prompt')


@pytest.mark.slow
def test_ways_are_trained_once_and_measured(tmp_path):
    config = load_config(RECIPES / 'yolo_world_n_shapes.py')
    with DefaultScope.overwrite_default_scope(config.default_scope):
        model = MODELS.build(config.model)
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'start.pth')
    lines = []
    arguments = dict(
        ways=('prompt', 'rep'),
        work_dir=tmp_path / 'work',
        shapes_root=tmp_path / 'shapes',
        target_root=tmp_path / 'target',
        specs=(ShapesSpec(2, 2, 4), ShapesSpec(4, 2, 2, target=True)),
        cfg_options={'train_cfg.max_epochs': 1, 'train_dataloader.batch_size': 2},
        say=lines.append,
    )
    rows = measure_trade(RECIPES, tmp_path / 'start.pth', **arguments)
    before, prompt, rep = rows
    assert prompt.trained == 3 * 384
    # The network did not change, so the old phrases are found exactly as before.
    assert (prompt.taught, prompt.untaught) == (before.taught, before.untaught)
    assert rep.untaught is None and rep.trained > 1e6
    assert len(lines) == 3 and 'fixed vocabulary' in lines[2]
    again = measure_trade(RECIPES, tmp_path / 'start.pth', **arguments)
    assert again == rows

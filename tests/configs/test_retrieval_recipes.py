"""Recipes of composed retrieval: what they wire together, and that their parts exist."""

from pathlib import Path

import pytest
from mmengine.registry import DATA_SAMPLERS, DATASETS, HOOKS, LOOPS, METRICS, MODELS, TRANSFORMS

from vl_runtime.launch import load_config

FOLDER = Path(__file__).resolve().parents[2] / 'configs/retrieval'
RECIPES = sorted(FOLDER.glob('*.py'))
TRAINED = [path for path in RECIPES if 'circo' not in path.stem]
SHAPES = [path for path in RECIPES if path.stem.endswith('shapes')]


def loaded(paths):
    return pytest.mark.parametrize('path', paths, ids=lambda path: path.stem)


def loaders(config):
    for name in ('train', 'val', 'test'):
        if config.get(f'{name}_dataloader'):
            yield config[f'{name}_dataloader']
        if 'gallery_dataloader' in (config.get(f'{name}_cfg') or {}):
            yield config[f'{name}_cfg'].gallery_dataloader


@loaded(RECIPES)
def test_every_part_is_registered(path):
    config = load_config(path)
    assert METRICS.build(config.test_evaluator) is not None
    for loader in loaders(config):
        assert DATASETS.get(loader.dataset.type) is not None
        assert DATA_SAMPLERS.get(loader.sampler.type) is not None
        assert all(TRANSFORMS.build(step) is not None for step in loader.dataset.pipeline)
    assert LOOPS.get(config.test_cfg.type).__name__ == 'GalleryQueryTestLoop'
    assert all(HOOKS.build(hook) is not None for hook in config.custom_hooks)
    docstring = path.read_text().split('"""')[1]
    assert 'Train:' in docstring and 'Test:' in docstring


@loaded(RECIPES)
def test_the_gallery_is_that_of_the_queries(path):
    config = load_config(path)
    for name in ('val', 'test'):
        if config.get(f'{name}_dataloader'):
            queries = config[f'{name}_dataloader'].dataset
            gallery = config[f'{name}_cfg'].gallery_dataloader.dataset
            for key in ('type', 'split', 'data_root'):
                assert gallery.queries[key] == queries[key]
            assert gallery.pipeline[:2] == queries.pipeline[:2]


@loaded(TRAINED)
def test_optimiser_and_schedule_are_as_published(path):
    config = load_config(path)
    optimizer = config.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.betas, optimizer.eps) == ('AdamW', (0.9, 0.98), 1e-7)
    assert optimizer.weight_decay == 0.05
    rules = config.optim_wrapper.paramwise_cfg
    assert rules.bias_decay_mult == rules.norm_decay_mult == 0
    assert rules.custom_keys == {'temp': dict(decay_mult=0.0)}
    (cycle,) = config.param_scheduler
    assert cycle.total_steps == config.train_cfg.max_epochs  # the whole cycle is run
    assert cycle.eta_max == optimizer.lr


def test_the_second_stage_starts_from_the_best_weights_of_the_first():
    first, second = (
        load_config(FOLDER / f'composed_retriever_vit_g_stage{number}_cirr.py') for number in (1, 2)
    )
    work_dir = f'work_dirs/{Path(first.filename).stem}'
    assert second.load_from == f'{work_dir}/best.pth'
    assert first.model.get('region_loss') is None and second.model.region_loss is not None
    assert first.model.trunk == second.model.trunk
    assert first.model.qformer == second.model.qformer


@loaded(SHAPES)
def test_models_of_the_shapes_can_be_built(path):
    config = load_config(path, {'model.trunk.checkpoint': None})
    model = MODELS.build(config.model)
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    assert 2e5 < trained < 4e5
    assert (model.vision_model.grid.side, model.vision_model.width) == (5, 480)


def test_the_variants_of_the_shapes_differ_in_one_thing_each():
    first, no_text, plain, region, moved = (
        load_config(FOLDER / f'composed_retriever_tiny{name}_shapes.py').to_dict()
        for name in ('', '_no_text', '_stage2', '_region', '_random_boxes')
    )
    assert no_text == {**first, 'model': {**first['model'], 'use_text': False}}
    assert plain['model'] == first['model'] and plain['load_from'] == region['load_from']
    assert region['model'].pop('region_loss') == moved['model'].pop('region_loss')
    assert region['model'] == moved['model'] == plain['model']
    files = [one['train_dataloader']['dataset']['box_file'] for one in (plain, region, moved)]
    assert files[0] is None and files[1] != files[2]
    for one in (region, moved):
        assert one['optim_wrapper'] == plain['optim_wrapper']
        assert one['train_cfg'] == plain['train_cfg']

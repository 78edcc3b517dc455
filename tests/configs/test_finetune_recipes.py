"""Recipes for own data: the data root says everything else, and every way trains."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, TRANSFORMS, DefaultScope

from tests.configs.thin_recipes import shrink, small
from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.errors import InputFileNotFoundError, InputValueError
from vl_runtime.launch import load_config

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
OWN = sorted((CONFIGS / 'finetune').glob('yolo_world_[sml]_*_own.py'))


def test_the_three_ways_are_there_at_three_sizes():
    names = {path.stem for path in OWN}
    for size in 'sml':
        assert {f'yolo_world_{size}_finetune_own', f'yolo_world_{size}_prompt_own'} <= names
    ways = ('efficient_finetune', 'prompt_all', 'rep', 'replay', 'lowrate', 'lora')
    assert {f'yolo_world_s_{way}_own' for way in ways} <= names


@pytest.mark.parametrize('recipe', OWN, ids=lambda path: path.stem)
def test_model_and_pipelines_can_be_built(recipe, own_data, tiny_clip):
    config = load_config(recipe, {'data_root': str(own_data), **shrink(recipe, tiny_clip)})
    loaders = [config.train_dataloader.dataset, config.val_dataloader.dataset]
    loaders += loaders[0].get('datasets', [])
    pipelines = [dataset.pipeline for dataset in loaders if 'pipeline' in dataset]
    pipelines += [hook.switch_pipeline for hook in config.custom_hooks if 'switch_pipeline' in hook]
    # Shapes alone, without the text encoder: the models have their published sizes.
    config.model.backbone.update(text_model=None, with_text_model=False)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        with torch.device('meta'):
            model = MODELS.build(config.model)
        assert all(TRANSFORMS.build(step) is not None for steps in pipelines for step in steps)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    if recipe.stem.endswith('_prompt_own'):
        assert trained == {'embeddings'}
        assert model.embeddings.shape == (3, 12)
    else:
        assert len(trained) > (30 if recipe.stem.endswith('_segment_own') else 50)
    assert Path(config.load_from).parent == Path('data/weights')
    assert config.val_evaluator.ann_file == f'{own_data}/annotations/instances_val.json'


PUBLISHED = {  # optimiser, rate, weight decay, epochs, close, copy-paste, mixup, affine from
    's_finetune': ('AdamW', 2e-4, 0.05, 80, 10, 0.3, 0.15, 0.5),
    'm_finetune': ('AdamW', 2e-4, 0.05, 80, 10, 0.1, 0.1, 0.1),
    'l_finetune': ('AdamW', 2e-4, 0.05, 80, 10, 0.3, 0.15, 0.1),
    'l_prompt': ('AdamW', 2e-3, 0.05, 80, 10, 0.3, 0.15, 0.1),
    's_prompt_all': ('SGD', 1e-3, 5e-4, 40, 10, 0.3, 0.15, 0.5),
    's_rep': ('AdamW', 2e-4, 0.05, 80, 10, 0.3, 0.15, 0.5),
}


@pytest.mark.parametrize('name', PUBLISHED)
def test_settings_are_those_of_the_published_pair(name, own_masks):
    config = load_config(
        CONFIGS / f'finetune/yolo_world_{name}_own.py', {'data_root': str(own_masks)}
    )
    optimizer, epochs = config.optim_wrapper.optimizer, config.train_cfg.max_epochs
    steps = {step.type.split('.')[-1]: step for step in config.train_dataloader.dataset.pipeline}
    (switch,) = [hook for hook in config.custom_hooks if 'switch_epoch' in hook]
    lowest, highest = steps['YOLOv5RandomAffine'].scaling_ratio_range
    assert highest == 2 - lowest
    assert steps['YOLOv5RandomAffine'].min_area_ratio == 0.01
    assert config.train_dataloader.batch_size == optimizer.batch_size_per_gpu == 16
    assert config.default_hooks.param_scheduler.max_epochs == epochs
    found = (
        *(optimizer.type, optimizer.lr, optimizer.weight_decay, epochs),
        *(epochs - switch.switch_epoch, steps['YOLOv5CopyPaste'].prob),
        *(steps['YOLOv5MultiModalMixUp'].prob, lowest),
    )
    assert found == PUBLISHED[name]


@pytest.mark.parametrize(
    'way',
    ['rep']
    + [
        pytest.param(way, marks=pytest.mark.slow)
        for way in ('finetune', 'efficient_finetune', 'prompt', 'prompt_all', 'lora', 'lowrate')
    ],
)
def test_every_way_trains_and_saves_what_a_test_reads(way, own_data, tiny_clip, tmp_path):
    if way == 'lora':
        pytest.importorskip('peft')
    recipe = CONFIGS / f'finetune/yolo_world_s_{way}_own.py'
    options = {'data_root': str(own_data), **shrink(recipe, tiny_clip, width=0.125)}
    config = small(recipe, options)
    runner = launch.train(config, work_dir=tmp_path)
    assert runner.iter == 2
    log = next(tmp_path.rglob('*.log')).read_text()
    assert re.search(r'objects have no polygon, .*: mask-refine is off, boxes alone are', log)
    state = load_checkpoint_file(tmp_path / 'best.pth')['state_dict']
    assert not any('lora' in key or 'base_layer' in key for key in state)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        assert set(MODELS.build(config.model).state_dict()) == set(state)


@pytest.mark.slow
def test_masks_are_refined_and_pasted_when_every_object_has_one(own_masks, tiny_clip, tmp_path):
    recipe = CONFIGS / 'finetune/yolo_world_s_finetune_own.py'
    options = {'data_root': str(own_masks), **shrink(recipe, tiny_clip, width=0.125)}
    config = small(recipe, options)
    loading, *_, affine = [
        step
        for step in config.train_dataloader.dataset.pipeline
        if step.type in ('mmyolo.LoadAnnotations', 'mmyolo.YOLOv5RandomAffine')
    ]
    assert (loading.with_mask, loading.mask2bbox, affine.use_mask_refine) == (True, True, True)
    launch.train(config, work_dir=tmp_path)
    assert 'have polygons: mask-refine is on.' in next(tmp_path.rglob('*.log')).read_text()


@pytest.mark.slow
def test_replay_mixes_grounding_data_in_and_closes_mosaic_for_both(own_masks, tiny_clip, tmp_path):
    replay = tmp_path / 'replay'
    (replay / 'annotations').mkdir(parents=True)
    content = json.loads((own_masks / 'annotations/instances_train.json').read_text())
    for image in content['images']:
        image.update(caption='a thing on a cloth', file_name=str(own_masks / image['file_name']))
    for annotation in content['annotations']:
        annotation['tokens_positive'] = [[2, 7]]
    name = 'final_flickr_separateGT_train.json'
    (replay / 'annotations' / name).write_text(json.dumps(content))
    recipe = CONFIGS / 'finetune/yolo_world_s_replay_own.py'
    options = {'data_root': str(own_masks), 'replay_root': str(replay)}
    config = small(recipe, options | shrink(recipe, tiny_clip, width=0.125))
    config.train_dataloader.dataset.datasets[1].indices = 2
    config.train_cfg.max_epochs = 2
    (switch,) = [hook for hook in config.custom_hooks if 'switch_epoch' in hook]
    switch.switch_epoch = 1
    runner = launch.train(config, work_dir=tmp_path / 'run')
    assert runner.iter == 6  # 4 own and 2 replayed images, two a batch, two epochs
    log = next((tmp_path / 'run').rglob('*.log')).read_text()
    assert 'Epoch 2: 2 data sets switch pipeline.' in log
    for part in runner.train_dataloader.dataset.datasets:
        assert not any('Mosaic' in type(step).__name__ for step in part.pipeline.transforms)


def test_prompts_start_at_the_rows_of_a_file_with_one_row_a_class(own_data, tmp_path):
    recipe = CONFIGS / 'finetune/yolo_world_s_prompt_own.py'
    rows = np.random.default_rng(0).normal(size=(3, 512)).astype(np.float32)
    np.save(tmp_path / 'prompts.npy', rows)
    options = {'data_root': str(own_data), 'model.embedding_path': str(tmp_path / 'prompts.npy')}
    config = load_config(recipe, options)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        assert torch.equal(MODELS.build(config.model).embeddings.data, torch.from_numpy(rows))
    np.save(tmp_path / 'prompts.npy', rows[:2])
    with pytest.raises(InputValueError, match=r'prompts\.npy: expected 3 rows, one prompt for '):
        load_config(recipe, options)


def test_without_data_the_classes_are_asked_for(tmp_path):
    recipe = CONFIGS / 'finetune/yolo_world_s_prompt_own.py'
    with pytest.raises(
        InputFileNotFoundError, match=r'num_.* follows from .*instances_train\.json'
    ):
        launch.train(recipe, work_dir=tmp_path / 'run', cfg_options={'data_root': str(tmp_path)})

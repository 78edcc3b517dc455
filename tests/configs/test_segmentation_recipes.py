"""Recipes for masks on own data: the published settings, and short real trainings."""

import json
from pathlib import Path

import pytest
import torch

from tests.configs.thin_recipes import shrink, small
from vl_runtime import launch
from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset
from vl_runtime.errors import InputValueError
from vl_runtime.launch import load_config

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
MASKS = ('seg_preds', 'proto_pred.')


@pytest.fixture(scope='module')
def outlined(tmp_path_factory):
    """Four training pictures of shapes with their outlines."""
    spec = ShapesSpec(4, 2, 2, image_size=96, polygons=True)
    return make_shapes_dataset(tmp_path_factory.mktemp('outlined') / 'shapes', spec)


@pytest.mark.parametrize(
    'size, copy_paste, mixup, lowest',
    [('s', 0.3, 0.15, 0.5), ('m', 0.1, 0.1, 0.1), ('l', 0.3, 0.15, 0.1)],
)
def test_settings_are_those_of_the_published_mask_branch(size, copy_paste, mixup, lowest, outlined):
    path = CONFIGS / f'finetune/yolo_world_{size}_segment_own.py'
    config = load_config(path, {'data_root': str(outlined)})
    steps = {step.type.split('.')[-1]: step for step in config.train_dataloader.dataset.pipeline}
    (switch,) = [hook for hook in config.custom_hooks if 'switch_epoch' in hook]
    optimizer = config.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.weight_decay) == ('AdamW', 2e-4, 0.05)
    assert optimizer.batch_size_per_gpu == config.train_dataloader.batch_size == 8
    assert config.optim_wrapper.paramwise_cfg.bias_decay_mult == 0
    assert (config.train_cfg.max_epochs, switch.switch_epoch) == (80, 70)
    assert steps['YOLOv5CopyPaste'].prob == copy_paste
    assert steps['YOLOv5MultiModalMixUp'].prob == mixup
    assert steps['YOLOv5RandomAffine'].scaling_ratio_range == (lowest, 2 - lowest)
    assert steps['Polygon2Mask'].downsample_ratio == 4
    module = config.model.bbox_head.head_module
    assert (module.mask_channels, module.proto_channels, module.freeze_bbox) == (32, 256, True)
    assert config.model.bbox_head.loss_mask_weight == 1.0
    assert config.val_evaluator.metric == ['bbox', 'segm']


@pytest.mark.slow
@pytest.mark.parametrize('way', ['segment', 'segment_all'])
def test_each_way_trains_what_it_says_and_measures_masks(way, outlined, tiny_clip, tmp_path):
    recipe = CONFIGS / f'finetune/yolo_world_s_{way}_own.py'
    options = {'data_root': str(outlined), **shrink(recipe, tiny_clip, width=0.125)}
    runner = launch.train(small(recipe, options), work_dir=tmp_path)
    trained = {name for name, value in runner.model.named_parameters() if value.requires_grad}
    assert any('seg_preds' in name for name in trained)
    assert all(any(part in name for part in MASKS) for name in trained) == (way == 'segment')
    assert runner.message_hub.get_scalar('val/coco/segm_mAP').current() >= 0
    assert 'seg_preds' in ' '.join(load_checkpoint_file(tmp_path / 'best.pth')['state_dict'])


@pytest.mark.slow
@pytest.mark.parametrize(
    'name', ['demo/yolo_world_n_shapes_segment', 'finetune/yolo_world_n_segment_own']
)
def test_the_nano_recipes_train_on_a_cpu(name, outlined, tmp_path):
    root = {'data_root': str(outlined)} if 'own' in name else {'shapes_root': f'{outlined}/'}
    options = {**root, 'load_from': None, 'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 1}
    for loader in ('train', 'val'):
        options[f'{loader}_dataloader.num_workers'] = 0
        options[f'{loader}_dataloader.persistent_workers'] = False
    options['train_dataloader.batch_size'] = 2
    runner = launch.train(CONFIGS / f'{name}.py', work_dir=tmp_path, cfg_options=options)
    losses = runner.message_hub.get_scalar('train/loss_mask').data[0]
    assert len(losses) == 2 and torch.tensor(losses).isfinite().all() and max(losses) > 0
    assert runner.message_hub.get_scalar('val/coco/segm_mAP').current() >= 0


def test_data_without_outlines_is_one_line(own_data, tiny_clip, tmp_path):
    recipe = CONFIGS / 'finetune/yolo_world_s_segment_own.py'
    options = {'data_root': str(own_data), **shrink(recipe, tiny_clip, width=0.125)}
    with pytest.raises(InputValueError, match=r'instances_\w+\.json: .*segmentation'):
        launch.train(small(recipe, options), work_dir=tmp_path)
    content = json.loads((own_data / 'annotations/instances_train.json').read_text())
    assert 'segmentation' not in content['annotations'][0]

"""A recipe for own data with a tiny model whose adapter changes the answers."""

from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from vl_runtime import launch
from vl_runtime.demo.shapes_data import ShapesSpec, make_shapes_dataset

FINETUNE = Path(__file__).resolve().parents[3] / 'configs/finetune'


@pytest.fixture(scope='module')
def adapted_run(tiny_folder, tmp_path_factory):
    """Recipe (a Config) and checkpoint; 3 pictures, two versions of its prompt."""
    data = make_shapes_dataset(
        tmp_path_factory.mktemp('data') / 'shapes', ShapesSpec(1, 3, 1, image_size=96, target=True)
    )
    recipe = launch.load_config(
        FINETUNE / 'qwen3_vl_2b_lora_own.py',
        {
            'model_root': str(tiny_folder('qwen3_vl')),
            'data_root': str(data),
            'test_dataloader.num_workers': 0,
            'test_dataloader.persistent_workers': False,
            'val_dataloader.num_workers': 0,
            'val_dataloader.persistent_workers': False,
            'log_level': 'ERROR',
            'model.model.dtype': 'float32',
            'model.decode.max_new_tokens': 60,
            'model.decode.grammar': {'type': 'BoxGrammar'},  # so that random weights find boxes
        },
    )
    recipe.model.prompts = {
        'tasks': {'detection': 'mine@1'},
        'templates': {'mine@1': 'Boxes: {classes}', 'mine@2': 'Find {classes}, | please.'},
    }
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(recipe.default_scope):
        model = MODELS.build(recipe.model)
    for name, weight in model.named_parameters():
        if 'lora_' in name:
            torch.nn.init.normal_(weight, std=0.3)
    checkpoint = tmp_path_factory.mktemp('weights') / 'best.pth'
    meta = {'cfg': recipe.pretty_text, 'epoch': 2}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, checkpoint)
    return recipe, checkpoint

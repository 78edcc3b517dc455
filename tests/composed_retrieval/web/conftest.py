"""A recipe file and weights of it."""

import pytest
import torch
from mmengine.registry import MODELS

from tests.composed_retrieval.shapes_recipe import recipe, shapes_root  # noqa: F401  (fixtures)


@pytest.fixture
def files(recipe, tmp_path):  # noqa: F811
    """``files(**model_changes)``: (recipe file, checkpoint); the gallery is that of val."""

    def write(**changes):
        config = recipe(custom_imports=dict(imports=['composed_retrieval']))
        config.test_dataloader = config.val_dataloader
        config.test_cfg.gallery_dataloader = config.val_cfg.gallery_dataloader
        config.model.update(changes)
        torch.manual_seed(0)
        model = MODELS.build(config.model)
        torch.save({'state_dict': model.state_dict(), 'meta': {}}, tmp_path / 'best.pth')
        config.dump(tmp_path / 'recipe.py')
        return tmp_path / 'recipe.py', tmp_path / 'best.pth'

    return write

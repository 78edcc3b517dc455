"""Every recipe loads, and its model, pipelines and metrics can be built."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import METRICS, MODELS, TRANSFORMS, DefaultScope

from vl_runtime.launch import load_config

REPOSITORY = Path(__file__).resolve().parents[2]
# Recipes whose model follows from the user's data are built in test_finetune_recipes.py and
# tests/yolo_world/test_retention_trade.py, vision-language models beside their package.
OF_DATA = re.compile(r'yolo_world_[sml]_\w+_own|\w+_target_\w+|(qwen|florence)\w+')
RECIPES = sorted(
    path
    for group in ('demo', 'finetune')  # the published ones: test_published_recipes.py
    for path in (REPOSITORY / 'configs' / group).glob('*.py')
    if not OF_DATA.fullmatch(path.stem)
)


@pytest.fixture(params=RECIPES, ids=lambda path: path.stem)
def recipe(request):
    config = load_config(request.param)
    with DefaultScope.overwrite_default_scope(config.default_scope):
        yield config


def pipelines(config):
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        yield config[loader].dataset.pipeline
    for hook in config.get('custom_hooks', []):
        if 'switch_pipeline' in hook:
            yield hook.switch_pipeline


def test_there_are_recipes():
    assert len(RECIPES) >= 3


def test_model_can_be_built(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(REPOSITORY)  # recipes name files relative to the checkout
    text_model = recipe.model.backbone.text_model
    if 'text_embed_path' in text_model:  # the user's file; here one of the same shape
        num_texts = len(json.loads(Path(text_model.texts_path).read_text()))
        text_model.text_embed_path = str(tmp_path / 'embeddings.npy')
        np.save(text_model.text_embed_path, np.ones((num_texts, recipe.model.neck.guide_channels)))
    model = MODELS.build(recipe.model)
    assert model.backbone.text_model.embed_dims == recipe.model.neck.guide_channels
    frozen_boxes = recipe.model.bbox_head.head_module.get('freeze_bbox')
    least = 1e5 if frozen_boxes else 1e6
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) > least


def test_pipelines_can_be_built(recipe):
    for pipeline in pipelines(recipe):
        assert all(TRANSFORMS.build(step) is not None for step in pipeline)


def test_metrics_can_be_built_once_their_file_is_there(recipe):
    for evaluator in (recipe.val_evaluator, recipe.test_evaluator):
        assert evaluator.ann_file.endswith('.json')
        # Masks are measured with the file alone.
        METRICS.build(dict(evaluator, ann_file=None, metric='bbox'))


def test_recipe_says_how_to_train_and_test():
    for path in RECIPES:
        docstring = path.read_text().split('"""')[1]
        assert 'Train:' in docstring and 'Test:' in docstring, path

"""A recipe's detector with its weights, and what is read of the recipe to predict with it."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import MODELS, DefaultScope
from torch import nn

from vl_runtime import compat
from vl_runtime.annotation_values import require_annotation_values
from vl_runtime.checkpoints import (
    load_checkpoint_file,
    load_weights,
    needs_checkpoint,
    require_parts,
)
from vl_runtime.compat.safe_load import trusted_checkpoints
from vl_runtime.config_files import apply_options, load_config
from vl_runtime.recipe_parts import array_pipeline, recipe_tasks, recipe_texts, trained_classes
from vl_runtime.registry_errors import registry_errors
from vl_runtime.torch_device import torch_device


@dataclass(frozen=True)
class OpenedRecipe:
    """What ``open_recipe`` read.

    Attributes:
        model: in evaluation mode, on its device.
        pipeline: turns ``dict(img=array, img_id=index)`` into ``dict(inputs, data_samples)``.
        texts: what is looked for when no texts are given.
        tasks: what the recipe's data are asked, of a model that answers in words.
        max_per_image: boxes that the model can return for an image, if it has a limit.
    """

    model: nn.Module
    pipeline: Callable[[dict], dict]
    texts: Sequence[str]
    tasks: Sequence[str]
    max_per_image: int | None


def open_recipe(
    config: str | Path | Config,
    checkpoint: str | Path | None,
    device: str,
    *,
    cfg_options: dict[str, Any] | Sequence[str] | None = None,
    trust_checkpoint: bool = False,
) -> OpenedRecipe:
    """Build the detector of a recipe and load its weights.

    Args, raises: see ``Predictor.from_checkpoint``.
    """
    compat.install()
    target = torch_device(device)
    recipe = _recipe(config, cfg_options)
    require_annotation_values(recipe)
    scope = recipe.get('default_scope') or 'mmdet'
    with registry_errors(recipe), DefaultScope.overwrite_default_scope(scope):
        model = MODELS.build(recipe.model)
        pipeline = array_pipeline(recipe)
        classes = _load(model, checkpoint or recipe.get('load_from'), trust_checkpoint)
        if hasattr(model, 'set_vocabulary'):
            texts = recipe_texts(recipe, classes)
        else:
            texts = trained_classes(recipe, classes, getattr(model, 'num_classes', None))
    test_cfg = recipe.model.get('test_cfg') or {}
    return OpenedRecipe(
        model.to(target).eval(),
        pipeline,
        texts,
        recipe_tasks(recipe),
        test_cfg.get('max_per_img'),
    )


def _recipe(config: str | Path | Config, cfg_options: Any) -> Config:
    if not isinstance(config, Config):
        return load_config(config, cfg_options)
    return apply_options(copy.deepcopy(config), cfg_options) if cfg_options else config


def _load(model: nn.Module, checkpoint: str | Path | None, trust: bool) -> list[str]:
    """Load the weights; the names of the classes that they were trained with."""
    if checkpoint is None:
        if needs_checkpoint(model):
            print_log('no checkpoint: the weights are random.', 'current', logging.WARNING)
        return []
    with trusted_checkpoints(trust):
        content = load_checkpoint_file(checkpoint)
    report = load_weights(model, content, source=str(checkpoint), same_shapes=True)
    require_parts(report, str(checkpoint))
    dataset_meta = (content.get('meta') or {}).get('dataset_meta') or {}
    # mmdet 2 wrote capitals
    return list(dataset_meta.get('classes') or dataset_meta.get('CLASSES') or ())

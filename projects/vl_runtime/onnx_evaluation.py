"""Score an ONNX file with a recipe's data and metrics, without building its model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from vl_runtime import compat
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.letterbox_pipeline import resized_steps
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.recipe_parts import nested_datasets
from vl_runtime.registry_errors import registry_errors


def evaluate_onnx(
    detector: OnnxDetector,
    config: Config,
    *,
    part: str = 'val',
    max_images: int | None = None,
    progress: Callable[..., Iterable] = lambda items, **_: items,
) -> dict[str, float]:
    """Metric names and values of ``detector`` on a split of a recipe.

    Scores depend on the thresholds of the file: average precision counts boxes down to a score
    of 0.001, so a file that stops at 0.25 scores lower.

    Args:
        config: the recipe.
        part: ``val`` or ``test``.
        max_images: stop after so many, for a quick look (the metric must allow it).
        progress: called as ``progress(batches, total=number)``: a progress bar.

    Raises:
        InputKeyError: the recipe has no such split.
        InputValueError: the data set has other classes than the file has texts.
    """
    compat.install()
    keys = (f'{part}_dataloader', f'{part}_evaluator')
    for key in keys:
        if not config.get(key):
            raise InputKeyError(f'{config.filename or "the config"}: expected {key}, found none.')
    loader_config, metrics = (copy.deepcopy(config[key]) for key in keys)
    for dataset in nested_datasets(loader_config['dataset']):
        if dataset.get('pipeline'):
            dataset['pipeline'] = resized_steps(dataset['pipeline'], detector.metadata.image_size)
        if dataset.get('batch_shapes_cfg'):
            dataset['batch_shapes_cfg'] = None  # the graph takes one size
    scope = config.get('default_scope') or 'mmdet'
    with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
        loader = Runner.build_dataloader(loader_config)
        evaluator = Evaluator(metrics if isinstance(metrics, list | tuple) else [metrics])
    meta = loader.dataset.metainfo
    evaluator.dataset_meta = meta
    _check_classes(detector, meta.get('classes') or ())
    seen = 0
    for data in progress(loader, total=len(loader)):
        evaluator.process(data_samples=detector.test_step(data), data_batch=data)
        seen += len(data['inputs'])
        if max_images is not None and seen >= max_images:
            break
    return evaluator.evaluate(seen)


def _check_classes(detector: OnnxDetector, classes: Any) -> None:
    if classes and len(detector.texts_shown) != len(classes):
        raise InputValueError(
            f'{detector.name}: expected {len(classes)} texts, one for each class of the data '
            f'set, found {len(detector.texts_shown)}.'
        )


def evaluate_file(path: str | Path, config: Config, **options: Any) -> dict[str, float]:
    """``evaluate_onnx`` of a file on the CPU."""
    return evaluate_onnx(OnnxDetector.open(path, 'cpu'), config, **options)

"""Score an ONNX file with a recipe's data and metrics, without building its model."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from vl_runtime import compat
from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.launch import default_work_dir, load_config
from vl_runtime.letterbox_pipeline import resized_steps
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_text_detector import OnnxTextDetector, open_onnx_detector
from vl_runtime.recipe_parts import nested_datasets, recipe_texts
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
        InputValueError: the file has not one text for each class, or in another order.
    """
    loader, evaluator = scoring_parts(config, part, detector.metadata.image_size)
    _check_classes(detector, loader.dataset.metainfo.get('classes') or ())
    seen = 0
    for data in progress(loader, total=len(loader)):
        evaluator.process(data_samples=detector.test_step(data), data_batch=data)
        seen += len(data['inputs'])
        if max_images is not None and seen >= max_images:
            break
    return evaluator.evaluate(seen)


def scoring_parts(
    config: Config, part: str, image_size: Sequence[int]
) -> tuple[DataLoader, Evaluator]:
    """Loader and evaluator of a split of a recipe, for a graph that takes ``image_size``.

    Args:
        config: the recipe.
        part: ``val`` or ``test``.
        image_size: height and width.

    Raises:
        InputKeyError: the recipe has no such split; and what its data and metrics raise.
    """
    compat.install()
    keys = (f'{part}_dataloader', f'{part}_evaluator')
    for key in keys:
        if not config.get(key):
            raise InputKeyError(f'{config.filename or "the config"}: expected {key}, found none.')
    loader_config, metrics = (copy.deepcopy(config[key]) for key in keys)
    for dataset in nested_datasets(loader_config['dataset']):
        if dataset.get('pipeline'):
            dataset['pipeline'] = resized_steps(dataset['pipeline'], image_size)
        if dataset.get('batch_shapes_cfg'):
            dataset['batch_shapes_cfg'] = None  # the graph takes one size
    scope = config.get('default_scope') or 'mmdet'
    with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
        loader = Runner.build_dataloader(loader_config)
        evaluator = Evaluator(metrics if isinstance(metrics, list | tuple) else [metrics])
    evaluator.dataset_meta = loader.dataset.metainfo
    return loader, evaluator


def _check_classes(detector: OnnxDetector, classes: Sequence[str]) -> None:
    """Texts may be other words than the names of the classes, but in their order."""
    texts = detector.texts_shown
    if classes and len(texts) != len(classes):
        raise InputValueError(
            f'{detector.name}: expected {len(classes)} texts, one for each class of the data '
            f'set, found {len(texts)}.'
        )
    names = {name: index for index, name in enumerate(classes)}
    for index, text in enumerate(texts):
        if names.get(text, index) != index:
            raise InputValueError(
                f'{detector.name}: text {index}, {text!r}: expected the texts in the order of '
                f'the classes, found that class {index} of the data set is {classes[index]!r}; '
                'export with the texts of this recipe.'
            )


def evaluate_file(
    path: str | Path,
    config: str | Path,
    *,
    work_dir: str | Path | None = None,
    cfg_options: Sequence[str] | None = None,
    progress: Callable[..., Iterable] = lambda items, **_: items,
) -> tuple[dict[str, float], Path]:
    """Score a file on a recipe's test data, on the CPU.

    A file whose texts are an input looks for the recipe's, as a checkpoint does.

    Args:
        path: of ``tools/export_onnx.py``.
        config, cfg_options: see ``load_config``.
        work_dir: by default ``work_dirs/<recipe name>``.
        progress: see ``evaluate_onnx``.

    Returns:
        Metric names and values, and the JSON file below ``work_dir`` that holds them too.

    Raises:
        UserInputError: a mistake in the recipe or the file; see ``evaluate_onnx``.
    """
    recipe = load_config(config, cfg_options)
    detector = open_onnx_detector(path, 'cpu')
    if isinstance(detector, OnnxTextDetector):
        detector.set_vocabulary(recipe_texts(recipe))
    scores = evaluate_onnx(detector, recipe, part='test', progress=progress)
    folder = Path(work_dir) if work_dir else default_work_dir(config)
    report = folder / f'{Path(path).stem}_onnx_metrics.json'
    write_json(report, {'file': str(path), 'metrics': scores}, indent=1)
    return scores, report

"""What a predictor needs of a recipe: its test pipeline, for arrays, its class texts, its tasks."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.vocabulary import Vocabulary

_LOADERS = ('LoadImageFromFile', 'LoadImageFromNDArray')
_NEED_ANNOTATIONS = ('LoadAnnotations', 'LoadText', 'RandomLoadText', 'ChooseTask')


def _name(config: Config) -> str:
    return str(config.filename or 'the config')


def test_dataset_config(config: Config) -> Mapping[str, Any]:
    """The data set of ``test_dataloader``, or else of ``val_dataloader``.

    Raises:
        InputKeyError: the recipe has neither.
    """
    for key in ('test_dataloader', 'val_dataloader'):
        if config.get(key):
            return config[key]['dataset']
    raise InputKeyError(
        f'{_name(config)}: expected test_dataloader or val_dataloader (its pipeline prepares '
        'the images), found neither.'
    )


test_dataset_config.__test__ = False  # not a test, whatever its name begins with


def nested_datasets(dataset: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A data set's config and those that it wraps, from outside to inside."""
    while dataset:
        yield dataset
        inner = dataset.get('dataset') or dataset.get('datasets')
        dataset = inner[0] if isinstance(inner, list | tuple) and inner else inner


def array_pipeline(config: Config) -> Compose:
    """The recipe's test pipeline for ``dict(img=array, img_id=...)``; see ``array_steps``."""
    return Compose(array_steps(config))


def array_steps(config: Config) -> list[dict[str, Any]]:
    """The steps of ``array_pipeline``.

    The step that reads a file is replaced; steps that read annotations or texts are left
    out, for the vocabulary is fixed in the detector.

    Raises:
        InputKeyError: the recipe has no test pipeline.
        InputValueError: the pipeline has no step that reads an image, or one that reads
            it in another way than as 8-bit BGR through cv2.
    """
    steps = _pipeline_steps(config)
    kept = [dict(step) for step in steps if _short_type(step) not in _NEED_ANNOTATIONS]
    position = next((i for i, step in enumerate(kept) if _short_type(step) in _LOADERS), None)
    if position is None:
        raise InputValueError(
            f'{_name(config)}: expected a LoadImageFromFile step in the test pipeline, '
            f'found {[_short_type(step) for step in steps]}.'
        )
    loader = kept[position]
    for key, expected in (('color_type', 'color'), ('imdecode_backend', 'cv2')):
        found = loader.get(key) or expected
        if found != expected:
            raise InputValueError(
                f'{_name(config)}: LoadImageFromFile: expected {key}={expected!r} (pictures '
                f'and video frames come as 8-bit BGR), found {found!r}.'
            )
    kept[position] = {
        'type': 'mmdet.LoadImageFromNDArray',
        'to_float32': loader.get('to_float32', False),
    }
    return kept


def _pipeline_steps(config: Config) -> list[Mapping[str, Any]]:
    for dataset in nested_datasets(test_dataset_config(config)):
        if dataset.get('pipeline'):
            return list(dataset['pipeline'])
    raise InputKeyError(f'{_name(config)}: expected a pipeline in the test data set, found none.')


def _short_type(step: Mapping[str, Any]) -> str:
    kind = step['type']
    return kind.rsplit('.', 1)[-1] if isinstance(kind, str) else kind.__name__


def recipe_tasks(config: Config) -> list[str]:
    """The tasks that the recipe's data are asked, in its order; empty where it names none."""
    names: list[str] = []
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        for dataset in nested_datasets((config.get(key) or {}).get('dataset') or {}):
            names += dataset.get('tasks') or ()
            for step in dataset.get('pipeline') or ():
                names += (step.get('tasks') or ()) if _short_type(step) == 'ChooseTask' else ()
    return list(dict.fromkeys(names))


def recipe_texts(config: Config, checkpoint_classes: Sequence[str] = ()) -> list[str]:
    """One text for each class that the recipe evaluates, for a detector that takes texts.

    The first of these that is there: the class text file of the test data set (its first
    synonyms, in the ``prompt_format`` of ``LoadText``), the ``classes`` of its metainfo, the
    categories of its annotation file, the classes that the checkpoint was trained with, those
    that the type of the data set brings along. Empty when there is none.
    """
    datasets = list(nested_datasets(test_dataset_config(config)))
    load_text = next((step for step in _pipeline_steps(config) if _is_text_step(step)), {})
    names = _names_of_text_file(config, datasets, load_text)
    if names is None:
        names = (
            _names_of_metainfo(datasets)
            or _names_of_annotations(datasets)
            or checkpoint_classes
            or _names_of_types(datasets)
        )
    return [load_text.get('prompt_format', '{}').format(name) for name in names]


def trained_classes(
    config: Config, checkpoint_classes: Sequence[str] = (), num_classes: int | None = None
) -> list[str]:
    """Names of the outputs of a detector with fixed classes, in the order of its labels.

    Args:
        checkpoint_classes: those that the weights were trained with.
        num_classes: of the detector, if it tells; names of another number of classes are not
            its own (weights may come from another vocabulary). Without names of that number
            the classes are called 'class 0', 'class 1', ...
    """
    datasets = list(nested_datasets(test_dataset_config(config)))
    sources = (
        lambda: checkpoint_classes,
        lambda: _names_of_metainfo(datasets),
        lambda: _names_of_types(datasets),
    )
    for names in (list(source()) for source in sources):
        if names and num_classes in (None, len(names)):
            return names
    return [f'class {index}' for index in range(num_classes or 0)]


def _is_text_step(step: Mapping[str, Any]) -> bool:
    return _short_type(step) in ('LoadText', 'RandomLoadText')


def _names_of_text_file(config: Config, datasets, load_text) -> list[str] | None:
    paths = [dataset.get('class_text_path') for dataset in datasets]
    path = next(filter(None, [*paths, load_text.get('text_path')]), None)
    if path is None:
        return None
    if Path(path).is_file():
        return list(Vocabulary.from_json(path).names)
    print_log(
        f'{_name(config)}: the class texts {path} are not there; the names of the classes are '
        'used as texts instead.',
        'current',
        logging.WARNING,
    )
    return None


def _names_of_metainfo(datasets) -> list[str]:
    for dataset in datasets:
        classes = (dataset.get('metainfo') or {}).get('classes')
        if classes:
            return [classes] if isinstance(classes, str) else list(classes)
    return []


def _names_of_annotations(datasets) -> list[str]:
    """Category names of the COCO-style annotation file, when it is there."""
    for dataset in datasets:
        path = Path(dataset.get('data_root') or '') / (dataset.get('ann_file') or '')
        if path.suffix == '.json' and path.is_file():
            return list(Vocabulary.from_annotations(path).names)
    return []


def _names_of_types(datasets) -> list[str]:
    for dataset in datasets:
        kind = dataset['type']
        kind = DATASETS.get(kind) if isinstance(kind, str) else kind
        classes = getattr(kind, 'METAINFO', {}).get('classes')
        if classes:
            return list(classes)
    return []

"""Pictures of what training sees: samples after the pipeline, with boxes and texts."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, DefaultScope
from mmengine.runner import set_random_seed

from vl_runtime import compat
from vl_runtime.errors import InputKeyError, InputValueError
from vl_runtime.registry_errors import registry_errors
from vl_runtime.visualization import draw_boxes

Picture = tuple[np.ndarray, str]


def sample_pictures(
    config: Config, num: int = 16, *, seed: int = 0, part: str = 'train'
) -> Iterator[Picture]:
    """Yield (picture, caption) of ``num`` random samples of a recipe's data set.

    The same seed gives the same samples, augmented in the same way. A data set with fewer
    images shows some again.

    Args:
        part: 'train', 'val' or 'test': the data loader whose data set is shown.

    Raises:
        InputKeyError: the recipe has no such data loader.
        InputValueError: the pipeline does not end in packed samples, or ``num`` is below 1.
    """
    if num < 1:
        raise InputValueError(f'num: expected at least 1 sample, found {num}.')
    compat.install()
    key = f'{part}_dataloader'
    if not config.get(key):
        raise InputKeyError(f'{config.filename or "the config"}: expected {key}, found none.')
    scope = config.get('default_scope') or 'mmdet'
    with registry_errors(config), DefaultScope.overwrite_default_scope(scope):
        dataset = DATASETS.build(config[key]['dataset'])
        set_random_seed(seed)
        classes = dataset.metainfo.get('classes', ())
        numbers: dict[str, int] = {}
        order = random.Random(seed).sample(range(len(dataset)), len(dataset))
        for index in itertools.islice(itertools.cycle(order), num):
            yield sample_picture(_to_look_at(dataset, dataset[index]), classes, numbers)


def _to_look_at(dataset: Any, item: Any) -> Any:
    """``item``, or what the last step of the pipeline makes of it (``as_picture``).

    Some models take more than a picture; their packing step knows how to show it.
    """
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', None) or [None]
    show = getattr(steps[-1], 'as_picture', None)
    return item if show is None else show(item)


def sample_picture(
    item: Any, classes: Sequence[str] = (), numbers: dict[str, int] | None = None
) -> Picture:
    """(picture, caption) of one packed sample.

    Args:
        item: ``inputs`` (3, H, W) BGR 0..255 and ``data_samples`` with ``gt_instances``
            (boxes x1 y1 x2 y2 in pixels of ``inputs``, labels) and, for a text detector,
            ``texts``, which the labels count through.
        classes: names for samples without texts.
        numbers: text -> number of its colour; texts that are not in it yet are added. Labels
            count the sample's own, shuffled texts, so they can't choose a colour.
    """
    if not isinstance(item, dict) or not torch.is_tensor(item.get('inputs')):
        found = sorted(item) if isinstance(item, dict) else type(item).__name__
        raise InputValueError(
            f'pipeline: expected packed samples (a last step like mmdet.PackDetInputs), '
            f'found {found}.'
        )
    image = item['inputs'].permute(1, 2, 0).float().round().clamp(0, 255)
    sample = item['data_samples']
    boxes = sample.gt_instances.bboxes
    boxes = getattr(boxes, 'tensor', boxes).numpy().reshape(-1, 4)
    labels = np.asarray(sample.gt_instances.labels).tolist()
    texts = sample.get('texts') if 'texts' in sample else None
    names = [_first(text) for text in (classes if texts is None else texts)]
    shown = [names[label] if label < len(names) else f'class {label}' for label in labels]
    numbers = {} if numbers is None else numbers
    colours = [numbers.setdefault(name, len(numbers)) for name in shown]
    picture = draw_boxes(image.numpy().astype(np.uint8), boxes, shown, labels=colours)
    return picture, _caption(sample, len(boxes), texts, names)


def _first(text: Any) -> str:
    return text if isinstance(text, str) else str(text[0])


def _caption(sample: Any, num_boxes: int, texts: Any, names: Sequence[str]) -> str:
    path = sample.get('img_path') if 'img_path' in sample else None
    name = f'{Path(path).name}: ' if path else ''
    asked = f'{sample.task}, ' if 'task' in sample else ''
    if 'gt_answer' in sample:
        asked = f'{sample.task} "{" ".join(sample.gt_answer.split())}", '
    counted = f'{name}{asked}{num_boxes} box' + ('' if num_boxes == 1 else 'es')
    if texts is None:
        return counted
    real = [text for text in names if text.strip()]
    return f'{counted}, {len(real)} texts: {", ".join(real)}'

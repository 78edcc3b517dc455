"""What a model was trained and is evaluated with, read from the checkpoint and the recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import nn

from vl_runtime.checkpoints import load_checkpoint_file
from vl_runtime.data_checks import read_json
from vl_runtime.data_report.read_sets import sets_of_recipe
from vl_runtime.errors import UserInputError
from vl_runtime.reports.recipe_text import read_recipe_text

CHECKPOINT, RECIPE, WEIGHTS = 'checkpoint', 'recipe', 'model'


@dataclass(frozen=True)
class Setting:
    """One line of a report.

    Attributes:
        name: what it is.
        value: as text.
        source: where it was read: 'checkpoint' (the recipe of the training inside it), 'recipe'
            (of the evaluation) or 'model' (as it was built).
        note: what a reader must know, such as another value elsewhere.
    """

    name: str
    value: str
    source: str
    note: str = ''


@dataclass(frozen=True)
class TrainedWith:
    """What a checkpoint says about its training.

    Attributes:
        recipe: of the training; {} where the file holds none.
        meta: epoch, iteration, metric, seed and the like.
        sha256: of the file.
        size: of the file, bytes.
    """

    recipe: Mapping[str, Any]
    meta: Mapping[str, Any]
    sha256: str | None
    size: int | None

    @classmethod
    def of(cls, checkpoint: str | Path | None) -> TrainedWith:
        """Read a checkpoint; without a local file nothing is known."""
        path = None if checkpoint is None else Path(checkpoint).expanduser()
        if path is None or not path.is_file():
            return cls({}, {}, None, None)
        meta = load_checkpoint_file(path).get('meta') or {}
        digest = hashlib.sha256()
        with path.open('rb') as file:
            while block := file.read(2**22):
                digest.update(block)
        text = meta.get('cfg')
        recipe = read_recipe_text(text) if isinstance(text, str) else {}
        return cls(recipe, meta, digest.hexdigest(), path.stat().st_size)


def settings_of(
    trained: TrainedWith, model: nn.Module, ann_file: str | None, tasks: Sequence[str]
) -> list[Setting]:
    """Everything that decides a result, training first.

    A model may add lines of its own with a method ``report_settings(recipe, tasks)``, which gets
    the recipe of the training ({} if it is not known) and returns ``Setting``-like tuples.

    Args:
        trained: of the checkpoint.
        model: as it was evaluated.
        ann_file: that it was scored with.
        tasks: that it was asked.
    """
    found = list(_training(trained))
    if ann_file:
        found.append(Setting('data of the evaluation', str(ann_file), RECIPE))
    own = getattr(model, 'report_settings', None)
    if own is not None:
        found += [Setting(*line) for line in own(trained.recipe, tasks)]
    if not trained.recipe:
        found.append(Setting('training', 'not known', CHECKPOINT, 'the checkpoint holds no recipe'))
    return found


def _training(trained: TrainedWith) -> Iterator[Setting]:
    meta, recipe = trained.meta, trained.recipe
    if 'epoch' in meta:
        moment = f'epoch {meta["epoch"]}, iteration {meta.get("iter")}'
        yield Setting('weights of', moment, CHECKPOINT)
    if 'metric' in meta and 'value' in meta:
        value = f'{meta["metric"]} = {meta["value"]:.4f}'
        yield Setting('chosen on validation', value, CHECKPOINT)
    loader = recipe.get('train_dataloader')
    if isinstance(loader, Mapping):
        yield from _train_data(loader)
    cycle = recipe.get('train_cfg') or {}
    for key in ('max_epochs', 'max_iters'):
        if key in cycle:
            yield Setting(key.replace('_', ' '), str(cycle[key]), CHECKPOINT)
    wrapper = recipe.get('optim_wrapper') or {}
    optimizer = wrapper.get('optimizer') or {}
    if 'lr' in optimizer:
        rate = f'{optimizer["lr"]:g} ({optimizer.get("type")})'
        yield Setting('learning rate', rate, CHECKPOINT)
    if isinstance(loader, Mapping) and 'batch_size' in loader:
        steps = wrapper.get('accumulative_counts') or 1
        size = f'{loader["batch_size"]}' + (f' x {steps} accumulated' if steps != 1 else '')
        yield Setting('batch size', size, CHECKPOINT)
    if meta.get('seed') is not None:
        yield Setting('seed', str(meta['seed']), CHECKPOINT)


def _train_data(loader: Mapping[str, Any]) -> Iterator[Setting]:
    try:
        sets = sets_of_recipe(Config({'train_dataloader': dict(loader)}))
    except (UserInputError, KeyError):  # a data set that names no annotation file
        return
    for one in sets:
        yield Setting('training data', str(one.ann_file), CHECKPOINT)
        try:
            count = len(read_json(one.ann_file)['images'])
        except (UserInputError, KeyError, TypeError):
            yield Setting('training pictures', 'not known', CHECKPOINT, 'the file is not here')
            continue
        yield Setting('training pictures', str(count), CHECKPOINT, 'in that file now')

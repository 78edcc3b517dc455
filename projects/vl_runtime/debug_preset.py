"""``--debug``: any recipe on a few pictures, to see in minutes whether it runs to its end."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mmengine.config import Config, ConfigDict

from vl_runtime.errors import InputValueError

TRAIN_SAMPLES = 100
VAL_SAMPLES = 50
BATCH_SIZE = 2


def apply_debug_preset(config: Config, options: Collection[str] = ()) -> None:
    """Change ``config``: 100 samples for training, 50 for validation, one epoch, batch 2.

    A recipe that counts iterations gets as many as one epoch has. The work folder's name gets
    the ending ``_debug``, so that no result of a real training is replaced. Model, pipelines,
    learning rate and metrics stay.

    Args:
        config: a loaded recipe.
        options: dotted keys that somebody has set by hand; they stay too.

    Raises:
        InputValueError: the recipe makes its batches in a way that this can't shorten.
    """
    _check(config)
    loop = config.train_cfg
    size = config.train_dataloader.get('batch_size')
    if 'train_dataloader.batch_size' not in options:
        config.train_dataloader.batch_size = size = BATCH_SIZE
    length, values = (
        ('max_epochs', 1) if 'max_epochs' in loop else ('max_iters', TRAIN_SAMPLES // size)
    )
    for key in ('val_begin', 'dynamic_intervals'):
        loop.pop(key, None)
    for key in (length, 'val_interval'):
        if f'train_cfg.{key}' not in options:
            loop[key] = values
    _limit(config.train_dataloader, TRAIN_SAMPLES)
    if config.get('val_dataloader'):
        _limit(config.val_dataloader, VAL_SAMPLES)
    folder = config.get('work_dir') or Path('work_dirs') / Path(config.filename or 'run').stem
    config.work_dir = f'{folder}_debug'


def _check(config: Config) -> None:
    loop, loader = config.get('train_cfg') or {}, config.get('train_dataloader') or {}
    if not loop or not loader:
        raise InputValueError(f'{config.filename}: --debug shortens a training; there is none.')
    if loader.get('batch_sampler') is not None or 'dataset' not in loader:
        raise InputValueError(
            f'{config.filename}: --debug needs a train_dataloader with a dataset and without a '
            'batch_sampler, which decides the batches itself; shorten this recipe with '
            '--cfg-options.'
        )
    if not {'max_epochs', 'max_iters'} & set(loop):
        raise InputValueError(
            f'{config.filename}: --debug: expected max_epochs or max_iters in train_cfg, found '
            f'{sorted(loop)}.'
        )


def _limit(loader: ConfigDict, limit: int) -> None:
    loader.dataset = ConfigDict(type='SpreadSubset', dataset=loader.dataset, limit=limit)

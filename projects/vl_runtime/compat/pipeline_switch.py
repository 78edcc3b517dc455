"""``mmdet.PipelineSwitchHook`` that reaches every data set that has a pipeline.

Why: mmdet's sets ``pipeline`` on the loader's own data set. On a ``ConcatDataset``, as the
published pre-training recipes have one, that is an attribute nobody reads: mosaic is never
closed. Until: mmdet's hook looks inside wrappers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.dataset import Compose
from mmengine.hooks import Hook
from mmengine.runner import Runner

from vl_runtime.errors import InputValueError


class PipelineSwitchHook(Hook):
    """From ``switch_epoch`` on all training data runs through ``switch_pipeline``.

    Works through ``ConcatDataset``, ``RepeatDataset`` and other wrappers, and restarts
    persistent workers, which hold a copy of the old pipeline.

    Args:
        switch_epoch: the first epoch (from 0) with the new pipeline.
        switch_pipeline: configs of its transforms.

    Raises:
        InputValueError: a data set has no pipeline; told before training starts.
    """

    def __init__(self, switch_epoch: int, switch_pipeline: Sequence[dict]) -> None:
        self.switch_epoch = switch_epoch
        self.switch_pipeline = list(switch_pipeline)
        self._has_switched = False

    def before_train(self, runner: Runner) -> None:
        """Find mistakes in the pipeline and the data now, not after hours."""
        Compose(self.switch_pipeline)
        for _ in pipeline_owners(runner.train_dataloader.dataset):
            pass

    def before_train_epoch(self, runner: Runner) -> None:
        """Switch once."""
        if self._has_switched or runner.epoch < self.switch_epoch:
            return
        loader = runner.train_dataloader
        owners = list(pipeline_owners(loader.dataset))
        for owner in owners:
            owner.pipeline = Compose(self.switch_pipeline)
        loader._iterator = None  # where persistent workers live; the next epoch starts new ones
        self._has_switched = True
        runner.logger.info(f'Epoch {runner.epoch + 1}: {len(owners)} data sets switch pipeline.')


def pipeline_owners(dataset: Any) -> Iterator[Any]:
    """The data sets inside ``dataset`` whose ``pipeline`` prepares the samples.

    Raises:
        InputValueError: a data set that neither has one nor wraps others.
    """
    if hasattr(dataset, 'datasets'):
        for inner in dataset.datasets:
            yield from pipeline_owners(inner)
    elif hasattr(dataset, 'pipeline'):
        yield dataset
    elif hasattr(dataset, 'dataset'):
        yield from pipeline_owners(dataset.dataset)
    else:
        raise InputValueError(
            f'PipelineSwitchHook: the training data set {type(dataset).__name__} has no pipeline '
            'that could be switched; take the hook out of custom_hooks.'
        )


def install() -> None:
    """Serve the hook under mmdet's name."""
    from mmdet.engine import hooks  # noqa: F401  (registers mmdet's own, which is replaced)
    from mmdet.registry import HOOKS

    HOOKS.register_module(name='PipelineSwitchHook', module=PipelineSwitchHook, force=True)

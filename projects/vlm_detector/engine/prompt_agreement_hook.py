"""A model is asked as it was taught, or the training doesn't start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.checkpoints import unwrap
from vl_runtime.errors import InputValueError


@HOOKS.register_module()
class PromptAgreementHook(Hook):
    """Compare the prompts of the training pipeline with those that validation will ask.

    Both come from the recipe, in two places: BuildConversation and the model.

    Raises:
        InputValueError: before training, if a task has another prompt in one of them.
    """

    def before_train(self, runner: Runner) -> None:
        """Compare."""
        asked = unwrap(runner.model).prompts.record()
        for step in _steps(runner.train_dataloader.dataset):
            library = getattr(step, 'prompts', None)
            if library is None or not hasattr(library, 'record'):
                continue
            for task, taught in library.record().items():
                if taught != asked[task]:
                    raise InputValueError(
                        f'{runner.cfg.filename}: {task} is taught with the prompt '
                        f'{taught["name"]!r} (BuildConversation.prompts) and validated with '
                        f'{asked[task]["name"]!r} (model.prompts); give both the same.'
                    )


def _steps(dataset: Any) -> Iterator[Any]:
    """The transforms of a data set and of those that it wraps."""
    yield from getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    for inner in getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]:
        if inner is not None:
            yield from _steps(inner)

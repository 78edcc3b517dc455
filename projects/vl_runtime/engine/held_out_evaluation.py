"""Evaluate any weights on the test set of another recipe, inside a training or without one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import print_log
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner
from torch import Tensor, nn

from vl_runtime.checkpoints import compare, fill
from vl_runtime.config_files import load_config
from vl_runtime.errors import InputValueError
from vl_runtime.registry_errors import registry_errors

# A text encoder brings its own weights; a model that was trained without one lacks these keys.
_TEXT_MODEL = 'text_model.'


class HeldOutEvaluation:
    """The model, test data and metrics of a recipe, for weights that come from elsewhere.

    Args:
        recipe: its model has to take texts; ``test_dataloader`` and ``test_evaluator`` are
            what the weights are measured with.
        cfg_options: changes to it, as for ``load_config``.

    Raises:
        UserInputError: the recipe can't be built.
    """

    def __init__(
        self, recipe: str | Path, cfg_options: Mapping[str, Any] | list[str] | None = None
    ) -> None:
        self.config = load_config(recipe, cfg_options)
        self.name = Path(recipe).stem
        self._scope = self.config.get('default_scope') or 'mmdet'
        with registry_errors(self.config), DefaultScope.overwrite_default_scope(self._scope):
            self.model = MODELS.build(self.config.model)
            self.loader = Runner.build_dataloader(self.config.test_dataloader, seed=0)
            self.evaluator = Evaluator(self.config.test_evaluator)
        self.evaluator.dataset_meta = self.loader.dataset.metainfo

    def evaluate(
        self, weights: Mapping[str, Tensor], source: str, device: torch.device | str = 'cpu'
    ) -> dict[str, float]:
        """Metric names and values of ``weights`` (plain keys); ``source`` names them.

        Raises:
            InputValueError: these weights can't answer texts, see ``why_not_answerable``.
        """
        reason = why_not_answerable(self.model, weights)
        if reason:
            raise InputValueError(f'{source}: cannot be evaluated on {self.name}: {reason}.')
        fill(self.model, dict(weights))
        self.model.to(device).eval()
        with DefaultScope.overwrite_default_scope(self._scope), torch.no_grad():
            for batch in self.loader:
                self.evaluator.process(self.model.test_step(batch), batch)
            metrics = self.evaluator.evaluate(len(self.loader.dataset))
        self.model.to('cpu')
        return metrics


def why_not_answerable(model: nn.Module, weights: Mapping[str, Tensor]) -> str:
    """Why ``weights`` don't make ``model`` whole; '' when they do.

    The text encoder may be missing in them: it keeps the weights that it was built with.
    """
    report = compare(model, dict(weights))
    missing = [key for key in report.missing if _TEXT_MODEL not in key]
    if report.mismatched:
        return f'weights of another size ({report.mismatched[0]})'
    if missing:
        return (
            f'{len(missing)} weights of a model that takes texts are not in it (first: '
            f'{missing[0]}); a re-parameterised model has a fixed vocabulary'
        )
    if report.unexpected:
        print_log(
            f'Not used for other texts: {", ".join(report.unexpected[:3])}'
            f'{", ..." if len(report.unexpected) > 3 else ""}.',
            'current',
            logging.INFO,
        )
    return ''

"""Batch normalisation with the statistics of the starting weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from vl_runtime.errors import InputValueError


@HOOKS.register_module()
class FrozenNormHook(Hook):
    """Keep the batch norms of some parts in evaluation mode while the model trains.

    A few hundred pictures of one kind shift the running statistics, and with them every
    answer about anything else, even when no weight is trained.

    Args:
        parts: names of modules of the model; an empty name means all of it.

    Raises:
        InputValueError: the model has no such module (when training starts).
    """

    def __init__(self, parts: Sequence[str] = ('',)) -> None:
        self.parts = [parts] if isinstance(parts, str) else list(parts)
        self._norms: list[nn.Module] = []

    def before_train(self, runner: Runner) -> None:
        """Find the layers."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        modules = dict(model.named_modules())
        for part in self.parts:
            if part not in modules:
                raise InputValueError(f'FrozenNormHook: the model has no module {part!r}.')
        self._norms = [
            module
            for part in self.parts
            for module in modules[part].modules()
            if isinstance(module, _BatchNorm)
        ]
        runner.logger.info(f'{len(self._norms)} batch norms keep their statistics.')

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Undo the training mode, which the loop sets at every epoch and after validation."""
        for norm in self._norms:
            norm.eval()

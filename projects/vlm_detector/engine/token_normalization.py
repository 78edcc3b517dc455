"""Every labelled token weighs the same, whatever micro-batch or process it was in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.logging import print_log
from torch import Tensor, nn

from vl_runtime.errors import InputValueError


class TokenNormalization:
    """Part of the optimiser wrappers that normalise by tokens; put before mmengine's class.

    A model gives the mean loss over its n labelled tokens and n itself (``num_tokens``). The
    gradient of an optimiser step is that of

        sum(mean * n) / sum(n)

    with the sums over all micro-batches of the accumulation window and all processes: the
    same as one batch that holds all of them. (mmengine averages the micro-batches, in which
    a token of a short answer weighs more.)

    A window ends after ``accumulative_counts`` micro-batches and at the end of an epoch; the
    ones that are left over there make a step of their own, on the same scale.

    Model wrappers that average gradients over the processes are expected, as torch's are.
    """

    # What --amp chooses; see vl_runtime.precision.set_precision. Released weights are bf16, which
    # needs no loss scaling.
    precision_forms = {
        'fp32': {'type': 'TokenNormalizedOptimWrapper'},
        'gpu': {'type': 'TokenNormalizedAmpOptimWrapper', 'dtype': 'bfloat16', 'loss_scale': 1.0},
        'cpu': {'type': 'TokenNormalizedCpuAmpOptimWrapper'},
    }
    _batch_tokens: Tensor | None = None
    _window_tokens: Tensor | float = 0.0
    _is_first = True

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """mmengine's; notes how many labelled tokens the model reports."""

        def note(module: nn.Module, arguments: Any, outputs: Any) -> None:
            if isinstance(outputs, dict) and 'num_tokens' in outputs:
                self._batch_tokens = outputs['num_tokens'].detach().sum()

        self._warn_inside_window()
        handle = model.register_forward_hook(note)
        try:
            with super().optim_context(model):
                yield
        finally:
            handle.remove()

    def update_params(
        self, loss: Tensor, step_kwargs: dict | None = None, zero_kwargs: dict | None = None
    ) -> None:
        """Add the gradients of a micro-batch; at the end of the window, normalise and step.

        Raises:
            InputValueError: the model's losses had no ``num_tokens``.
        """
        if self._batch_tokens is None:
            raise InputValueError(
                f'{type(self).__name__}: expected num_tokens among the losses of the model, found '
                'none; use OptimWrapper for a model that does not count tokens.'
            )
        tokens, self._batch_tokens = self._batch_tokens, None
        self._window_tokens = self._window_tokens + tokens
        self.backward(loss * tokens)
        if self.should_update():
            self._normalize()
            self.step(**(step_kwargs or {}))
            self.zero_grad(**(zero_kwargs or {}))

    def initialize_count_status(self, model: nn.Module, init_counts: int, max_counts: int) -> None:
        """Start at micro-batch ``init_counts`` of ``max_counts``."""
        self._inner_count = init_counts
        self._max_counts = max_counts
        self._is_first = True

    def should_update(self) -> bool:
        """Whether the micro-batch that was just added ends its window."""
        return self._ends_window(self._inner_count)

    def should_sync(self) -> bool:
        """Whether the micro-batch that comes now ends its window."""
        return self._ends_window(self._inner_count + 1)

    def _ends_window(self, count: int) -> bool:
        # RuntimeInfoHook keeps the number of epochs; a loop by iterations counts as one epoch.
        epochs = self.message_hub.runtime_info.get('max_epochs') or 1
        length = self._max_counts // epochs if self._max_counts > 0 else 0
        place = count % length if length else count
        return place % self._accumulative_counts == 0 or count == self._max_counts

    def _normalize(self) -> None:
        """Turn the summed gradients, averaged over processes, into those of the mean."""
        total = torch.as_tensor(self._window_tokens, dtype=torch.float64).clone()
        all_reduce(total)
        self._window_tokens = 0.0
        factor = get_world_size() / float(total) if total > 0 else 0.0
        for group in self.optimizer.param_groups:
            for parameter in group['params']:
                if parameter.grad is not None:
                    parameter.grad.mul_(factor)

    def _warn_inside_window(self) -> None:
        if self._is_first and not self._ends_window(self._inner_count):
            print_log(
                f'The run is resumed at iteration {self._inner_count}, inside an accumulation '
                'window of this recipe: the gradients of its first micro-batches are lost.',
                'current',
                logging.WARNING,
            )
        self._is_first = False

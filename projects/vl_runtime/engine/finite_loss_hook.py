"""Stop a training whose loss is no number any more."""

from __future__ import annotations

import math
from typing import Any

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from vl_runtime.errors import InputValueError


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop with one line at the first loss that is NaN or infinite.

    It looks before a checkpoint is written, so the last one holds numbers.

    Args:
        interval: look every n-th iteration; each look waits for the GPU.

    Raises:
        InputValueError: the loss is not finite; tells the iteration and what to change.
    """

    def __init__(self, interval: int = 1) -> None:
        if interval < 1:
            raise InputValueError(f'FiniteLossHook: expected interval 1 or more, found {interval}.')
        self.interval = interval

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None
    ) -> None:
        """Look at the losses of the iteration."""
        if not self.every_n_train_iters(runner, self.interval):
            return
        for name, value in (outputs or {}).items():
            if 'loss' not in name:
                continue
            number = float(value.detach() if isinstance(value, Tensor) else value)
            if not math.isfinite(number):
                rate = next(iter(runner.optim_wrapper.get_lr().values()))[0]
                raise InputValueError(
                    f'iteration {runner.iter + 1}: {name} is {number}; training stops. '
                    f'Lower optim_wrapper.optimizer.lr (now {rate:.2g}), lengthen the warm-up, '
                    'set optim_wrapper.clip_grad=dict(max_norm=1.0), or train in bf16 or fp32 '
                    'instead of fp16; the last checkpoint is from before.'
                )

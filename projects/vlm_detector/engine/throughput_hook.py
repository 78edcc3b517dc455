"""Pictures and tokens per second in the log of a training."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner


@HOOKS.register_module()
class ThroughputHook(Hook):
    """Log ``images_per_second`` and ``tokens_per_second`` of all processes together.

    Tokens are those that the model reads: prompt, picture and answer, without padding. Time
    includes reading data, and not validation. Mean over the last ``window`` iterations; the
    other processes are taken to be as fast as this one.

    Args:
        window: number of iterations.
    """

    def __init__(self, window: int = 50) -> None:
        self._recent: deque[tuple[float, int, int]] = deque(maxlen=window)
        self._since = 0.0

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the clock."""
        self._since = time.perf_counter()

    def after_val(self, runner: Runner) -> None:
        """A validation inside an epoch doesn't count."""
        self._since = time.perf_counter()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Count one batch."""
        now = time.perf_counter()
        self._recent.append((now - self._since, *_counts(data_batch)))
        self._since = now
        seconds, images, tokens = (sum(values) for values in zip(*self._recent))
        for name, count in (('images', images), ('tokens', tokens)):
            rate = count * get_world_size() / max(seconds, 1e-9)
            runner.message_hub.update_scalar(f'train/{name}_per_second', rate)


def _counts(batch: Mapping[str, Any]) -> tuple[int, int]:
    """Pictures and tokens of a batch of ``vlm_train_collate`` (still on the CPU)."""
    inputs = batch['inputs']
    masks = (inputs[key] for key in ('attention_mask', 'decoder_attention_mask') if key in inputs)
    return len(batch['data_samples']), sum(int(mask.sum()) for mask in masks)

"""mmengine's Runner with checkpoints that are opened safely and checked against the model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner
from torch import nn

from vl_runtime.atomic_files import atomic_path
from vl_runtime.checkpoints import (
    LEFT_OUT_KEY,
    STRIP_WRAPPER_PREFIX,
    check_match,
    check_own_rules,
    compare,
    complete_state,
    fill,
    load_checkpoint_file,
    rename_keys,
    require_training_state,
    unwrap,
)
from vl_runtime.compat import distributed, quiet_warnings
from vl_runtime.engine import lora
from vl_runtime.engine.fully_sharded import FullySharded
from vl_runtime.engine.sharded_state_hook import ShardedStateHook
from vl_runtime.engine.training_curve_hook import TrainingCurveHook

_PLAIN_CHECKPOINT_HOOKS = ('CheckpointHook', 'mmengine.CheckpointHook', CheckpointHook)


@RUNNERS.register_module()
class CheckedRunner(Runner):
    """A Runner that refuses a checkpoint of another model.

    ``load_from`` takes what fits and logs one line of counts, a test wants equal shapes,
    ``resume`` a complete match. Checkpoints are written atomically. Its log leaves out lines
    that tell nothing, the screen also the long lists of the log file. ``lora`` in a recipe
    trains small additions to frozen layers, see ``vl_runtime.engine.lora``. Everything else
    is mmengine's.
    """

    def build_logger(
        self, log_level: int | str = 'INFO', log_file: str | None = None, **kwargs: Any
    ) -> MMLogger:
        """mmengine's logger without known noise."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        quiet_warnings.quiet_logger(logger)
        quiet_warnings.quiet_console(logger)
        return logger

    def build_model(self, model: nn.Module | dict) -> nn.Module:
        """mmengine's; a recipe with ``lora`` gets its additions before the optimiser is built."""
        built = super().build_model(model)
        self._has_lora = bool(self.cfg.get('lora'))
        if self._has_lora:
            lora.inject_lora(built, **self.cfg.lora)
        return built

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """mmengine's; LoRA is merged while the model is evaluated, and in what is saved."""
        if not self._has_lora:
            super().call_hook(fn_name, **kwargs)
            return
        model = unwrap(self.model)
        if fn_name == 'after_val_epoch':
            lora.unmerge(model, self._unmerged)
        super().call_hook(fn_name, **kwargs)
        if fn_name == 'before_val_epoch':  # EMAHook has put the averaged weights in place
            self._unmerged = lora.merge(model)
        if fn_name == 'before_save_checkpoint':
            lora.to_plain_checkpoint(model, kwargs['checkpoint'])

    def register_hooks(self, *args: Any, **kwargs: Any) -> None:
        """mmengine's; a model in shares is saved whole, and every training ends in a picture."""
        super().register_hooks(*args, **kwargs)
        self.register_hook(TrainingCurveHook())
        if isinstance(self.model, FullySharded):
            self.register_hook(ShardedStateHook())

    def register_hook(self, hook: Hook | dict, priority: Any = None) -> None:
        """mmengine's; checkpoints wait for the end of an accumulation window."""
        if isinstance(hook, dict) and hook.get('type') in _PLAIN_CHECKPOINT_HOOKS:
            hook = {**hook, 'type': 'WindowCheckpointHook'}
        super().register_hook(hook, priority)

    def save_checkpoint(self, out_dir: str, filename: str, *args: Any, **kwargs: Any) -> None:
        """mmengine's, but a local file appears only when it is complete.

        Called by every process; hooks with ``before_gather_checkpoint`` exchange there what
        only all of them know. The first process writes.

        Raises:
            InputPermissionError: the folder can't be written or the disk is full.
        """
        self.call_hook('before_gather_checkpoint')
        if not is_main_process():
            return
        if '://' in out_dir:
            super().save_checkpoint(out_dir, filename, *args, **kwargs)
            return
        with atomic_path(Path(out_dir) / filename) as temporary:
            super().save_checkpoint(out_dir, temporary.name, *args, **kwargs)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """mmengine's; on a CPU each process keeps the BN statistics of its own batches.

        torch synchronises batch normalisation between GPUs only, whatever the recipe says.
        """
        if distributed.on_cpu():
            model = revert_sync_batchnorm(model)
        return super().wrap_model(model_wrapper_cfg, model)

    def _init_model_weights(self) -> None:
        """mmengine's; FullySharded has done it before it cut the parameters."""
        if not isinstance(self.model, FullySharded):
            super()._init_model_weights()

    @property
    def _is_training(self) -> bool:
        """Whether ``train()`` runs: it builds its loop before it loads the checkpoint."""
        return isinstance(self._train_loop, BaseLoop)

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable = 'cpu',
        strict: bool = False,
        revise_keys: Sequence[tuple[str, str]] = STRIP_WRAPPER_PREFIX,
    ) -> dict:
        """Load weights into the model; hooks see the checkpoint first, as in mmengine.

        Hooks get a state dict that is complete for the model (its present values where
        the checkpoint has none), so that an averaged copy starts equal to the model.

        Raises:
            InputValueError: nothing matched; or not everything, when resuming or ``strict``.
        """
        checkpoint = load_checkpoint_file(filename, map_location)
        if self._resume:
            require_training_state(checkpoint, filename)
        exact = self._resume or strict
        weights = rename_keys(checkpoint['state_dict'], revise_keys)
        if self._has_lora:
            weights = lora.from_plain_checkpoint(
                unwrap(self.model), checkpoint, weights, self._resume
            )
        check_own_rules(self.model, weights, filename)
        report = compare(self.model, weights)
        partial = bool(report.matched) and not exact
        checkpoint['state_dict'] = complete_state(self.model, weights) if partial else weights
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        weights = checkpoint['state_dict']
        if not partial:  # a hook may have exchanged or renamed the weights
            report = compare(self.model, weights)
        report = report.without(checkpoint.pop(LEFT_OUT_KEY, ()))
        check_match(
            self.model,
            weights,
            report,
            filename,
            require_all=exact,
            same_shapes=not self._is_training,
        )
        fill(self.model, weights)
        self._has_loaded = True
        level = logging.INFO if report.complete else logging.WARNING
        self.logger.log(level, f'Loaded {filename}: {report.summary()}.')
        return checkpoint

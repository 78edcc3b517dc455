"""Whole tensors in the checkpoints of a model whose parameters are shared among processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from vl_runtime.checkpoints import unwrap


@HOOKS.register_module()
class ShardedStateHook(Hook):
    """Gather weights and optimiser states for a checkpoint, and share them out again.

    ``CheckedRunner`` adds it to a model in ``FullySharded``. Only what ``state_dict`` gives is
    gathered: of a model with adapters, the adapters.
    """

    # The hooks that follow see whole tensors.
    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._weights: dict[str, Tensor] = {}
        self._optimizer: dict[str, Any] = {}

    def before_gather_checkpoint(self, runner: Runner) -> None:
        """Every process takes part in putting the tensors together."""
        self._weights = _whole(unwrap(runner.model).state_dict())
        self._optimizer = _whole(runner.optim_wrapper.state_dict())

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the whole tensors in place of this process's shares."""
        checkpoint['state_dict'] = self._weights
        if 'optimizer' in checkpoint:
            checkpoint['optimizer'] = self._optimizer

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Cut what was loaded into shares."""
        own = unwrap(runner.model).state_dict()
        weights = checkpoint['state_dict']
        checkpoint['state_dict'] = {
            key: _share(value, own.get(key)) for key, value in weights.items()
        }
        states = checkpoint.get('optimizer', {}).get('state')
        if not runner._resume or not states:
            return
        groups = runner.optim_wrapper.optimizer.param_groups
        parameters = [parameter for group in groups for parameter in group['params']]
        for index, state in states.items():
            for key, value in state.items():
                state[key] = _share(value, parameters[index])


def _whole(value: Any) -> Any:
    """``value`` with each shared tensor put together, on the CPU."""
    if isinstance(value, DTensor):
        return value.full_tensor().detach().cpu()
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_whole(item) for item in value)
    return value


def _share(value: Any, like: Any) -> Any:
    """``value`` cut as ``like`` is, if that is a shared tensor of the same shape."""
    if not isinstance(like, DTensor) or not isinstance(value, Tensor):
        return value
    if value.shape != like.shape or isinstance(value, DTensor):
        return value
    device = torch.device(like.device_mesh.device_type)
    # Every process holds the whole value already; nothing has to be sent.
    return distribute_tensor(
        value.to(device), like.device_mesh, like.placements, src_data_rank=None
    )

"""Training of a model that is too large for one GPU: every process holds a share of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.dist import broadcast, get_world_size
from mmengine.registry import MODEL_WRAPPERS
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard

from vl_runtime.errors import InputValueError


@MODEL_WRAPPERS.register_module()
class FullySharded(nn.Module):
    """torch's FSDP2 (``fully_shard``) as a model wrapper of the runner.

    The parameters of each layer, frozen or trained, are cut into one share a process, put
    together before the layer runs and given up after it. Gradients and optimiser states exist
    in shares only. ``CheckedRunner`` puts whole tensors into its checkpoints, so they are the
    same as those of one process and can be resumed with another number of processes.

    While the model is evaluated (``eval()``, called by all processes at once) every process
    holds it whole: each generates answers of its own length, and so can't take turns with the
    others. It has to fit into one GPU without gradients.

    In a recipe: ``model_wrapper_cfg = dict(type='FullySharded')``.

    Args:
        module: to be trained; changed in place.
        layers: class names of the modules that are shared one by one. None: those that a
            transformers model names itself (``_no_split_modules``).
        reshard_after_forward: give a layer up between forward and backward pass: less memory,
            more communication.

    Raises:
        InputValueError: no process group, or no such layer in the model.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        layers: Sequence[str] | None = None,
        reshard_after_forward: bool = True,
    ) -> None:
        super().__init__()
        names = _layer_names(module) if layers is None else set(layers)
        found = [part for part in module.modules() if type(part).__name__ in names]
        if not found:
            raise InputValueError(
                f'FullySharded: expected layers of the classes {sorted(names)} in the model, found '
                'none; name the classes of its repeated layers in model_wrapper_cfg.layers.'
            )
        _start_alike(module)
        device = next(module.parameters()).device.type
        mesh = init_device_mesh(device, (get_world_size(),))
        for part in found:
            fully_shard(part, mesh=mesh, reshard_after_forward=reshard_after_forward)
        fully_shard(module, mesh=mesh)
        self.module = module
        self._reshards = reshard_after_forward

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The module's."""
        return self.module(*args, **kwargs)

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Any]:
        """One step of the training loop."""
        return self.module.train_step(data, optim_wrapper)

    def val_step(self, data: Any) -> list:
        """Predictions for a batch of the validation."""
        return self.module.val_step(data)

    def test_step(self, data: Any) -> list:
        """Predictions for a batch of the test."""
        return self.module.test_step(data)

    def train(self, mode: bool = True) -> FullySharded:
        """torch's; puts the model together for evaluation and cuts it for training."""
        super().train(mode)
        for part in self.modules():
            if not isinstance(part, FSDPModule):
                continue
            part.set_reshard_after_forward(mode and self._reshards, recurse=False)
            if mode:
                part.reshard()
            else:
                part.unshard()
        return self


def _start_alike(module: nn.Module) -> None:
    """Initialise as the runner would, which can't do so with shares."""
    if hasattr(module, 'init_weights'):
        module.init_weights()
    for parameter in module.parameters():
        if parameter.requires_grad:
            broadcast(parameter.data)


def _layer_names(module: nn.Module) -> set[str]:
    """The layer classes that transformers models inside ``module`` name."""
    found: set[str] = set()
    for part in module.modules():
        found.update(getattr(part, '_no_split_modules', None) or ())
    return found

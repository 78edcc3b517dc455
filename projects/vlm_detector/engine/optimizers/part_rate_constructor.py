"""An optimiser with one group of parameters, and one rate, for each part of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.logging import print_log
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from torch import nn

from vl_runtime.checkpoints import unwrap
from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.families.family import PARTS

AUXILIARY = 'auxiliary'  # layers that are for training alone
GROUPS = (*PARTS, AUXILIARY)


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PartRateConstructor:
    """Groups what trains by language, projector, vision and auxiliary; the rest is frozen.

    mmengine's own makes a group, and lines in the log, of every single parameter.

    Args:
        optim_wrapper_cfg: registry dict of the wrapper with ``optimizer``, as usual.
        paramwise_cfg: ``rates``: part -> factor of the learning rate, 1 where it is not named;
            ``no_decay_below``: parameters with fewer dimensions have no weight decay (2:
            biases and norms; 0: all have).

    Raises:
        InputKeyError: an unknown key or part.
        InputValueError: a rate below 0, or nothing to train.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: Mapping | None = None) -> None:
        options = dict(paramwise_cfg or {})
        self.rates = dict(options.pop('rates', {}))
        self.no_decay_below = options.pop('no_decay_below', 2)
        wrong = [*options, *(part for part in self.rates if part not in GROUPS)]
        if wrong:
            raise InputKeyError(
                'optim_wrapper.paramwise_cfg: expected rates (of '
                f'{", ".join(PARTS)}) and no_decay_below, found {wrong[0]!r}.'
            )
        if any(rate < 0 for rate in self.rates.values()):
            raise InputValueError(
                f'optim_wrapper.paramwise_cfg.rates: expected 0 or more, found {self.rates}.'
            )
        self.wrapper = dict(optim_wrapper_cfg)
        self.optimizer = dict(self.wrapper.pop('optimizer'))

    def __call__(self, model: nn.Module) -> Any:
        """The wrapper around an optimiser of ``model``, a ``VLMDetector``."""
        groups = self._groups(unwrap(model))
        for group in groups:
            count = sum(parameter.numel() for parameter in group['params'])
            print_log(
                f'Optimiser: {group["name"]}: {count:,} parameters, rate {group["lr"]:g}, weight '
                f'decay {group["weight_decay"]:g}.',
                'current',
            )
        optimizer = OPTIMIZERS.build({**self.optimizer, 'params': groups})
        return OPTIM_WRAPPERS.build(
            {'type': 'OptimWrapper', **self.wrapper, 'optimizer': optimizer}
        )

    def _groups(self, model: nn.Module) -> list[dict[str, Any]]:
        rate, decay = self.optimizer['lr'], self.optimizer.get('weight_decay', 0.0)
        groups: dict[tuple[str, bool], list] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                decays = parameter.dim() >= self.no_decay_below
                groups.setdefault((_part(model, name), decays), []).append(parameter)
        if not groups:
            raise InputValueError('model: expected something to train, found every part frozen.')
        return [
            {
                'name': part + ('' if decays else ' (biases and norms)'),
                'params': parameters,
                'lr': rate * self.rates.get(part, 1.0),
                'weight_decay': decay if decays else 0.0,
            }
            for (part, decays), parameters in sorted(groups.items(), key=lambda item: item[0])
        ]


def _part(model: nn.Module, name: str) -> str:
    vlm = 'vlm.'
    return model.part_of(name.removeprefix(vlm)) if name.startswith(vlm) else AUXILIARY

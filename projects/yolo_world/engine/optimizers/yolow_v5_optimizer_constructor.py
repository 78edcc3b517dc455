"""Parameter groups of YOLO-World training."""

from __future__ import annotations

from typing import Any

from mmengine.dist import get_world_size
from mmengine.logging import print_log
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from vl_runtime.errors import InputValueError

_NORM_LAYERS = (_BatchNorm, _InstanceNorm, nn.GroupNorm, nn.LayerNorm)
_DCN_LAYERS = {'DeformConv2d', 'ModulatedDeformConv2d'}


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class YOLOWv5OptimizerConstructor(DefaultOptimWrapperConstructor):
    """One group per parameter, with weight decay scaled to the total batch size.

    Weight decay is multiplied by ``total * accumulate / base`` with ``total`` = processes x
    ``batch_size_per_gpu``, ``accumulate`` = max(round(base / total), 1) and ``base`` =
    ``base_total_batch_size``; the learning rate is not scaled. Groups that get a weight
    decay from a rule below use the **unscaled** value, as published training did.

    ``paramwise_cfg`` rules, per parameter in module order (none: one single group):

    1. no gradient: a group without options;
    2. ``custom_keys``, the longest key that is part of the name: ``lr_mult`` (1) times the
       learning rate, ``decay_mult`` (1) times the weight decay, and every entry of the key is
       copied into the group, so ``weight_decay=0.0`` sets it; later rules still apply;
    3. ``bias_lr_mult`` for biases outside norm and deformable layers;
    4. ``dcn_offset_lr_mult`` for the offset convolution of deformable layers;
    5. weight decay, first that fits: ``norm_decay_mult``, ``bias_decay_mult``,
       ``dwconv_decay_mult``, ``flat_decay_mult``.

    ``bypass_duplicate`` skips parameters that are in a group already.

    Args:
        optim_wrapper_cfg: with ``optimizer``, whose ``batch_size_per_gpu`` (optional) is used
            here and not given to the optimiser.
        paramwise_cfg: the rules, and ``base_total_batch_size`` (64).

    Raises:
        InputValueError: ``optimizer`` is missing, or a batch size is below 1.
    """

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        if not isinstance(optim_wrapper_cfg, dict) or 'optimizer' not in optim_wrapper_cfg:
            raise InputValueError(
                f'optim_wrapper: expected a dict with an optimizer, found {optim_wrapper_cfg!r}.'
            )
        rules = dict(paramwise_cfg or {})
        self.base_total_batch_size = rules.pop('base_total_batch_size', 64)
        if self.base_total_batch_size < 1:
            raise InputValueError(
                f'base_total_batch_size: expected 1 or more, found {self.base_total_batch_size}.'
            )
        super().__init__(optim_wrapper_cfg, rules)

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """The optimiser wrapper for ``model`` (unwrapped when it is distributed)."""
        model = getattr(model, 'module', model)
        optimizer_cfg = self._scaled_optimizer_cfg()
        if self.paramwise_cfg:
            groups: list[dict] = []
            self.add_params(groups, model)
            optimizer_cfg['params'] = groups
        else:
            optimizer_cfg['params'] = model.parameters()
        wrapper_cfg = {'type': 'OptimWrapper', **self.optim_wrapper_cfg}
        optimizer = OPTIMIZERS.build(optimizer_cfg)
        return OPTIM_WRAPPERS.build(wrapper_cfg, default_args={'optimizer': optimizer})

    def add_params(
        self,
        params: list[dict],
        module: nn.Module,
        prefix: str = '',
        is_dcn_module: bool = False,
    ) -> None:
        """Append a group per parameter of ``module`` and of the modules inside it."""
        seen = {id(param) for group in params for param in group['params']}
        for name, param in module.named_parameters(recurse=False):
            if self.paramwise_cfg.get('bypass_duplicate', False) and id(param) in seen:
                print_log(f'{prefix}.{name}: in an earlier group, left out of this one', 'current')
                continue
            group: dict[str, Any] = {'params': [param]}
            if param.requires_grad:
                self._apply_custom_key(group, f'{prefix}.{name}')
                self._apply_lr_rules(group, module, name, prefix, is_dcn_module)
                self._apply_decay_rules(group, module, name, is_dcn_module)
            params.append(group)
        is_dcn = type(module).__name__ in _DCN_LAYERS
        for name, child in module.named_children():
            self.add_params(params, child, f'{prefix}.{name}' if prefix else name, is_dcn)

    def _scaled_optimizer_cfg(self) -> dict:
        config = dict(self.optimizer_cfg)
        per_gpu = config.pop('batch_size_per_gpu', None)
        if per_gpu is None:
            return config
        if per_gpu < 1:
            raise InputValueError(f'batch_size_per_gpu: expected 1 or more, found {per_gpu}.')
        total = get_world_size() * per_gpu
        accumulate = max(round(self.base_total_batch_size / total), 1)
        factor = total * accumulate / self.base_total_batch_size
        if factor != 1 and 'weight_decay' in config:
            config['weight_decay'] *= factor
            print_log(f'weight decay scaled by {factor} to {config["weight_decay"]}', 'current')
        return config

    def _apply_custom_key(self, group: dict, full_name: str) -> None:
        custom_keys = self.paramwise_cfg.get('custom_keys', {})
        for key in sorted(sorted(custom_keys), key=len, reverse=True):
            if key in full_name:
                options = custom_keys[key]
                group['lr'] = self.base_lr * options.get('lr_mult', 1.0)
                if self.base_wd is not None:
                    group['weight_decay'] = self.base_wd * options.get('decay_mult', 1.0)
                group.update(options)
                return

    def _apply_lr_rules(
        self, group: dict, module: nn.Module, name: str, prefix: str, is_dcn_module: bool
    ) -> None:
        bias_mult = self.paramwise_cfg.get('bias_lr_mult')
        is_plain_bias = name == 'bias' and not isinstance(module, _NORM_LAYERS)
        if bias_mult is not None and is_plain_bias and not is_dcn_module:
            group['lr'] = self.base_lr * bias_mult
        offset_mult = self.paramwise_cfg.get('dcn_offset_lr_mult')
        is_offset = 'conv_offset' in prefix and isinstance(module, nn.Conv2d)
        if offset_mult is not None and is_dcn_module and is_offset:
            group['lr'] = self.base_lr * offset_mult

    def _apply_decay_rules(
        self, group: dict, module: nn.Module, name: str, is_dcn_module: bool
    ) -> None:
        if self.base_wd is None:
            return
        is_depthwise = isinstance(module, nn.Conv2d) and module.in_channels == module.groups
        is_flat = group['params'][0].ndim == 1
        for rule, fits in (
            ('norm_decay_mult', isinstance(module, _NORM_LAYERS)),
            ('bias_decay_mult', name == 'bias' and not is_dcn_module),
            ('dwconv_decay_mult', is_depthwise),
            ('flat_decay_mult', is_flat and not is_dcn_module),
        ):
            if fits and self.paramwise_cfg.get(rule) is not None:
                group['weight_decay'] = self.base_wd * self.paramwise_cfg[rule]
                return

"""LoRA: train small additions to the frozen convolutions and linear layers of a model.

peft puts the additions in; the rest of the toolkit never meets them: checkpoints come with
plain keys and are saved with plain keys and merged weights, so that every tool reads them.

In a recipe: ``lora = dict(parts=['neck', 'bbox_head'], rank=8)``. Training only; see
``CheckedRunner``.

Source: LoRA, arXiv:2106.09685.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import torch
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError

STATE_KEY = 'lora_state_dict'  # of a checkpoint: the weights with their additions apart
_BASE = '.base_layer'
_ADAPTER = 'default'


def inject_lora(
    model: nn.Module,
    *,
    parts: Sequence[str],
    rank: int = 8,
    alpha: float | None = None,
    trained: Sequence[str] = (),
) -> int:
    """Add trained pairs of thin layers to ``parts`` of ``model``; everything else freezes.

    Args:
        parts: names of modules; every ``Linear`` and ungrouped ``Conv2d`` inside gets a pair.
        rank: width of the pairs.
        alpha: the addition is multiplied by ``alpha / rank``; twice the rank by default.
        trained: names of modules or parameters that are trained themselves as well.

    Returns:
        Number of layers that got a pair. The model answers as before until it is trained.

    Raises:
        InputValueError: peft is not installed, a part is not there, or a value is wrong.
    """
    if rank < 1:
        raise InputValueError(f'lora.rank: expected 1 or more, found {rank}.')
    names = _layer_names(model, parts)
    peft = optional.require('peft', 'LoRA training', 'pip install "peft>=0.17" (the extra vlm)')
    settings = peft.LoraConfig(
        target_modules=names, r=rank, lora_alpha=alpha or 2 * rank, lora_dropout=0.0
    )
    peft.inject_adapter_in_model(settings, model, _ADAPTER)
    for name in trained:
        own = [p for key, p in model.named_parameters() if _inside(key, name)]
        if not own:
            raise InputValueError(f'lora.trained: the model has no parameter in {name!r}.')
        for parameter in own:
            parameter.requires_grad = True
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    print_log(f'LoRA: rank {rank} in {len(names)} layers, {count} trained values.', 'current')
    return len(names)


def plain_state(model: nn.Module, state: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
    """``state`` with the keys that the model had before, and the additions merged in.

    Args:
        model: with LoRA layers; says how strong each addition is.
        state: a state dict of ``model`` or of an average of it.
    """
    plain = OrderedDict((k, v) for k, v in state.items() if '.lora_' not in k)
    for name, layer in _lora_layers(model):
        key = f'{name}{_BASE}.weight'
        down = state[f'{name}.lora_A.{_ADAPTER}.weight']
        up = state[f'{name}.lora_B.{_ADAPTER}.weight']
        plain[key] = plain[key] + layer.scaling[_ADAPTER] * _product(down, up).to(plain[key])
    return OrderedDict((key.replace(_BASE, ''), value) for key, value in plain.items())


def lora_state(model: nn.Module, plain: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
    """A plain state dict with the keys of ``model``; the additions keep their values."""
    own = model.state_dict()
    renamed = {key.replace(_BASE, ''): key for key in own if _BASE in key}
    state = OrderedDict((renamed.get(key, key), value) for key, value in plain.items())
    state.update((key, value) for key, value in own.items() if '.lora_' in key)
    return state


def to_plain_checkpoint(model: nn.Module, checkpoint: dict) -> None:
    """Merge ``checkpoint['state_dict']``; what a resumed training needs is kept beside it."""
    checkpoint[STATE_KEY] = checkpoint['state_dict']
    checkpoint['state_dict'] = plain_state(model, checkpoint['state_dict'])


def from_plain_checkpoint(
    model: nn.Module, checkpoint: dict, weights: Mapping[str, Tensor], resume: bool
) -> OrderedDict[str, Tensor]:
    """The state dict for ``model`` from a checkpoint with the plain ``weights``.

    Raises:
        InputValueError: ``resume`` from a checkpoint that was not trained with LoRA.
    """
    if not resume:
        return lora_state(model, weights)
    if STATE_KEY not in checkpoint:
        raise InputValueError(
            'the checkpoint was saved without LoRA and cannot be resumed with it; start from '
            'it with --cfg-options load_from=CHECKPOINT.'
        )
    return OrderedDict(checkpoint[STATE_KEY])


def merge(model: nn.Module) -> dict[str, Tensor]:
    """Merge the additions into the base weights, for evaluation; what ``unmerge`` needs.

    Code that reads ``layer.weight`` instead of calling the layer sees the right weights then.
    """
    kept = {}
    for name, layer in _lora_layers(model):
        kept[name] = layer.get_base_layer().weight.detach().clone()
        layer.merge()
    return kept


def unmerge(model: nn.Module, kept: Mapping[str, Tensor]) -> None:
    """Undo ``merge`` exactly."""
    for name, layer in _lora_layers(model):
        layer.unmerge()
        with torch.no_grad():
            layer.get_base_layer().weight.copy_(kept[name])


def _lora_layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, module in model.named_modules():
        if hasattr(module, 'lora_A') and hasattr(module, 'get_base_layer'):
            yield name, module


def _layer_names(model: nn.Module, parts: Sequence[str]) -> list[str]:
    modules = dict(model.named_modules())
    if isinstance(parts, str) or not parts:
        raise InputValueError(f'lora.parts: expected a list of module names, found {parts!r}.')
    names, grouped = [], 0
    for part in parts:
        if part not in modules:
            raise InputValueError(
                f'lora.parts: the model has no module {part!r}; it has '
                f'{", ".join(name for name, _ in model.named_children())}.'
            )
        for name, module in modules.items():
            if not _inside(name, part) or not isinstance(module, nn.Linear | nn.Conv2d):
                continue
            if getattr(module, 'groups', 1) > 1:
                grouped += 1
            elif name not in names:
                names.append(name)
    if not names:
        raise InputValueError(
            f'lora.parts: {list(parts)} hold no linear layer and no ungrouped convolution.'
        )
    if grouped:
        print_log(f'LoRA: {grouped} grouped convolutions stay frozen.', 'current', logging.WARNING)
    return names


def _inside(name: str, part: str) -> bool:
    return name == part or name.startswith(f'{part}.')


def _product(down: Tensor, up: Tensor) -> Tensor:
    """The one layer that ``up`` after ``down`` is: (out, in) or (out, in, kh, kw)."""
    down, up = down.float(), up.float()
    if down.ndim == 2:
        return up @ down
    return F.conv2d(down.transpose(0, 1), up).transpose(0, 1)

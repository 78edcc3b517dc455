"""Load weights into a model and say exactly what matched.

mmengine fills what fits and prints pages of key names. Here the outcome is a report
of counts, a checkpoint that shares nothing with the model is refused, and resuming
asks for a complete match.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.runner import CheckpointLoader
from torch import nn

from vl_runtime import compat
from vl_runtime.errors import InputValueError

# DistributedDataParallel puts `module.` before every key.
STRIP_WRAPPER_PREFIX: tuple[tuple[str, str], ...] = ((r'^module\.', ''),)
# Under it a hook's ``after_load_checkpoint`` puts names that the file leaves out on purpose, and
# that it knows to be right in the model.
LEFT_OUT_KEY = 'left_out'
_TRAINING_STATE = ('meta', 'message_hub', 'optimizer')


@dataclass(frozen=True)
class LoadReport:
    """Which keys of a checkpoint and a model met.

    ``matched``: loaded. ``missing``: in the model only (batch counters of BN not counted).
    ``unexpected``: in the checkpoint only. ``mismatched``: in both with different shapes,
    as 'key: model (…), checkpoint (…)'; not loaded.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Every key of both sides matched."""
        return not (self.missing or self.unexpected or self.mismatched)

    def without(self, left_out: Collection[str]) -> LoadReport:
        """The same, ``left_out`` not counted as missing."""
        missing = tuple(name for name in self.missing if name not in left_out)
        return replace(self, missing=missing)

    def summary(self) -> str:
        """One line: counts, and the first name of each group that is not empty."""
        parts = [f'{len(self.matched)} keys matched']
        for label, names in (
            ('of the model not in the checkpoint', self.missing),
            ('of the checkpoint not in the model', self.unexpected),
            ('with another shape', self.mismatched),
        ):
            if names:
                parts.append(f'{len(names)} {label} (first: {names[0]})')
        return ', '.join(parts)


def load_checkpoint_file(path: str | Path, map_location: Any = 'cpu') -> dict:
    """What a checkpoint file or address holds, opened without running any code.

    Args:
        path: local file, ``http(s)://``, ``torchvision://`` or ``openmmlab://``.
        map_location: as for ``torch.load``.

    Returns:
        The file's dict; a bare state dict comes back as ``{'state_dict': ...}``.

    Raises:
        InputFileNotFoundError, InputValueError: one line that names the file.
    """
    compat.install()
    checkpoint = CheckpointLoader.load_checkpoint(str(path), map_location, logger='silent')
    if isinstance(checkpoint, dict):
        if isinstance(checkpoint.get('state_dict'), dict):
            return checkpoint
        if checkpoint and all(isinstance(value, torch.Tensor) for value in checkpoint.values()):
            return {'state_dict': checkpoint}
    keys = f' with the keys {list(checkpoint)[:5]}' if isinstance(checkpoint, dict) else ''
    raise InputValueError(
        f"{path}: expected weights (a dict of tensors, or one under 'state_dict'), "
        f'found {type(checkpoint).__name__}{keys}.'
    )


def rename_keys(
    state_dict: dict[str, torch.Tensor], rules: Sequence[tuple[str, str]]
) -> OrderedDict[str, torch.Tensor]:
    """Rename keys by (regular expression, replacement) pairs; module versions are kept."""
    revised = OrderedDict(state_dict)
    for pattern, replacement in rules:
        revised = OrderedDict((re.sub(pattern, replacement, k), v) for k, v in revised.items())
    metadata = getattr(state_dict, '_metadata', None)
    if metadata is not None:
        revised._metadata = metadata
    return revised


def load_weights(
    model: nn.Module,
    checkpoint: str | Path | dict,
    *,
    source: str = '',
    rules: Sequence[tuple[str, str]] = STRIP_WRAPPER_PREFIX,
    require_all: bool = False,
    same_shapes: bool = False,
) -> LoadReport:
    """Copy every weight that fits into ``model``.

    The averaged (EMA) weights of a training run are what mmengine saves under
    ``state_dict``, so they are what arrives here.

    Args:
        checkpoint: file or address, or what ``load_checkpoint_file`` returned.
        source: what messages call a checkpoint that is given as a dict.
        rules: renamings of checkpoint keys.
        require_all: refuse anything but a complete match.
        same_shapes: refuse a weight of another shape. For evaluation and use: a model that
            keeps its random start there answers, but means nothing.

    Returns:
        The report. A match that is not complete is also logged as one warning line.

    Raises:
        InputValueError: nothing matched (a checkpoint of another model), or less than
            ``require_all`` or ``same_shapes`` ask for; the model is unchanged then.
    """
    if not isinstance(checkpoint, dict):
        source = source or str(checkpoint)
        checkpoint = load_checkpoint_file(checkpoint)
    source = source or 'the checkpoint'
    model = unwrap(model)
    weights = rename_keys(checkpoint.get('state_dict', checkpoint), rules)
    check_own_rules(model, weights, source)
    report = compare(model, weights)
    check_match(model, weights, report, source, require_all=require_all, same_shapes=same_shapes)
    fill(model, weights)
    if not report.complete:
        print_log(f'{source}: {report.summary()}.', logger='current', level=logging.WARNING)
    return report


def require_parts(
    report: LoadReport, source: str, parts: Sequence[str] = ('neck', 'bbox_head')
) -> None:
    """For use of a detector: none of these parts has kept its random start.

    Raises:
        InputValueError: a part of the model has no weight at all in the checkpoint.
    """
    for part in parts:
        missing = [key for key in report.missing if key.startswith(f'{part}.')]
        if missing and not any(key.startswith(f'{part}.') for key in report.matched):
            raise InputValueError(
                f'{source}: expected weights of {part} ({len(missing)} entries, first: '
                f'{missing[0]}), found none; with a random {part} the answers mean nothing. Is '
                'it the file of a backbone?'
            )


def compare(model: nn.Module, weights: dict[str, torch.Tensor]) -> LoadReport:
    """The report that loading ``weights`` into ``model`` would give; nothing is changed."""
    own = unwrap(model).state_dict()
    shared = [key for key in weights if key in own]
    fits = {key: _shape(own[key]) == _shape(weights[key]) for key in shared}
    return LoadReport(
        matched=tuple(key for key in shared if fits[key]),
        missing=tuple(
            key for key in own if key not in weights and not key.endswith('num_batches_tracked')
        ),
        unexpected=tuple(key for key in weights if key not in own),
        mismatched=tuple(
            f'{key}: model {_shape(own[key])}, checkpoint {_shape(weights[key])}'
            for key in shared
            if not fits[key]
        ),
    )


def check_match(
    model: nn.Module,
    weights: dict[str, torch.Tensor],
    report: LoadReport,
    source: str,
    *,
    require_all: bool = False,
    same_shapes: bool = False,
) -> None:
    """Raise InputValueError for a match that is not good enough, see ``load_weights``."""
    model = unwrap(model)
    name = type(model).__name__
    own = model.state_dict()
    if own and not report.matched:
        raise InputValueError(
            f'{source}: a checkpoint of another model: none of its {len(weights)} keys '
            f'({_first(weights)}) fits one of the {len(own)} keys of {name} ({_first(own)})'
            + (f'; shapes differ: {report.mismatched[0]}.' if report.mismatched else '.')
        )
    if require_all and not report.complete:
        raise InputValueError(
            f'{source}: cannot continue {name} from this checkpoint: {report.summary()}; '
            'resume with the recipe that wrote it.'
        )
    if same_shapes and report.mismatched:
        raise InputValueError(
            f'{source}: weights of another configuration of {name}: {report.summary()}; '
            'use the recipe that wrote the checkpoint.'
        )


def check_own_rules(model: nn.Module, weights: dict[str, torch.Tensor], source: str) -> None:
    """Let a model that has ``check_weights(weights, source)`` refuse a checkpoint."""
    check = getattr(unwrap(model), 'check_weights', None)
    if check is not None:
        check(weights, source)


def fill(model: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Copy what fits into ``model``, without a word."""
    model = unwrap(model)
    weights = rename_keys(weights, ())
    for line in compare(model, weights).mismatched:
        del weights[line.split(': ', 1)[0]]
    model.load_state_dict(weights, strict=False)


def complete_state(model: nn.Module, weights: dict[str, torch.Tensor]) -> OrderedDict:
    """``weights`` without those of another shape, and the model's values where they have none."""
    own = unwrap(model).state_dict()
    state = rename_keys(weights, ())
    for key, value in own.items():
        if key not in state or _shape(state[key]) != _shape(value):
            state[key] = value
    return state


def needs_checkpoint(model: nn.Module) -> bool:
    """Whether ``model`` knows nothing without a checkpoint.

    One without parameters (a server has them) needs none. A model that is built with weights
    of its makers tells whether all of it has been trained: its attribute ``comes_trained``.
    """
    model = unwrap(model)
    if getattr(model, 'comes_trained', False):
        return False
    return any(True for _ in model.parameters())


def require_weights(model: nn.Module, checkpoint: str | Path | None, recipe: str) -> None:
    """Refuse a model that would answer with random weights.

    Args:
        model: as it was built.
        checkpoint: what was given.
        recipe: its name, for the message.

    Raises:
        InputValueError: there is no checkpoint and ``needs_checkpoint``.
    """
    if checkpoint is not None:
        return
    if not needs_checkpoint(model):
        if getattr(unwrap(model), 'comes_trained', False):
            print_log('no checkpoint: the pretrained weights are used as they are.', 'current')
        return
    advice = ''
    if hasattr(unwrap(model), 'comes_trained'):
        advice = ', or ask the pretrained model without an adapter: model.lora=None'
    raise InputValueError(
        f'{recipe}: {type(unwrap(model)).__name__} needs a checkpoint; give it behind the '
        f'recipe{advice}.'
    )


def require_training_state(checkpoint: dict, source: str) -> None:
    """Raise unless ``checkpoint`` holds what continuing a training run needs."""
    absent = [key for key in _TRAINING_STATE if key not in checkpoint]
    if absent:
        raise InputValueError(
            f'{source}: holds weights only (no {", ".join(absent)}), so training cannot be '
            'continued from it; start a new run from these weights with '
            f'--cfg-options load_from={source}'
        )


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside distributed and test-time-augmentation wrappers."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def _first(names: Iterable[str], count: int = 3) -> str:
    names = list(names)
    return ', '.join(names[:count]) + (', ...' if len(names) > count else '')


def _shape(value: Any) -> tuple[int, ...] | str:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__

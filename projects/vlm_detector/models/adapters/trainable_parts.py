"""Which parameters train, and how many of each part."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from vl_runtime.errors import InputKeyError
from vlm_detector.families.family import PARTS, Family
from vlm_detector.models.adapters.lora import BASE_PREFIX


def train_only(model: nn.Module, family: Family, parts: Sequence[str]) -> None:
    """Freeze all but the named parts of a model without adapters.

    Raises:
        InputKeyError: an unknown part.
    """
    for part in parts:
        if part not in PARTS:
            raise InputKeyError(f'trainable: expected some of {", ".join(PARTS)}, found {part!r}.')
    for name, parameter in model.named_parameters():
        parameter.requires_grad = family.part_of(name) in parts


def count_parameters(model: nn.Module, family: Family) -> dict[str, tuple[int, int]]:
    """For each part: trained and all parameters; a quantised one counts as its packed numbers."""
    counts = {part: [0, 0] for part in PARTS}
    for name, parameter in model.named_parameters():
        part = family.part_of(name.removeprefix(BASE_PREFIX))
        counts[part][0] += parameter.numel() if parameter.requires_grad else 0
        counts[part][1] += parameter.numel()
    return {part: (trained, total) for part, (trained, total) in counts.items()}


def describe_parameters(model: nn.Module, family: Family) -> str:
    """'98,304 of 1,280,672 parameters train (7.68 %): language ..., projector ..., vision ...'."""
    counts = count_parameters(model, family)
    trained = sum(count for count, _ in counts.values())
    total = sum(count for _, count in counts.values())
    named = ', '.join(f'{part} {count:,} of {whole:,}' for part, (count, whole) in counts.items())
    return f'{trained:,} of {total:,} parameters train ({100 * trained / total:.2f} %): {named}'

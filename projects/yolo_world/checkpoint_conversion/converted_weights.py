"""Weights under our names, and what of the source did not come along."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from torch import Tensor


@dataclass
class ConvertedWeights:
    """The result of a key map.

    Attributes:
        source_kind: what the source was recognised as.
        state_dict: tensors under our names.
        left_out: why -> keys of the source that have no place here.
        changed: why -> keys of ours whose tensor is not the source's as it was.
        classes: names of the classes that the source was trained with, if it tells.
    """

    source_kind: str
    state_dict: OrderedDict[str, Tensor] = field(default_factory=OrderedDict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    def leave_out(self, reason: str, key: str) -> None:
        """Note that ``key`` of the source stays behind."""
        self.left_out.setdefault(reason, []).append(key)

    def note_change(self, reason: str, key: str) -> None:
        """Note that our ``key`` is not a plain copy."""
        self.changed.setdefault(reason, []).append(key)

    def lines(self) -> list[str]:
        """The notes for people, one line a reason."""
        notes = [*self.left_out.items(), *self.changed.items()]
        return [f'{len(keys)} x {reason} (first: {keys[0]})' for reason, keys in notes]

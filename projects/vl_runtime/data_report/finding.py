"""One thing that is wrong with a data set, with its count and first offenders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ERROR = 'error'  # training stops, or goes on with something else than what was meant
WARNING = 'warning'  # left out, or worth a look
_NUM_EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """What one check found in one annotation file.

    Attributes:
        level: ``'error'`` or ``'warning'``.
        check: short name of the check, such as ``boxes``.
        split: name of the part of the data, such as ``train``.
        file: the annotation file.
        message: what is wrong, without the count.
        count: how often.
        examples: the first offenders, at most five.
    """

    level: str
    check: str
    split: str
    file: str
    message: str
    count: int
    examples: tuple[str, ...]

    @classmethod
    def of(
        cls, data: Any, level: str, check: str, *, message: str, offenders: Sequence[str]
    ) -> Finding:
        """The finding about ``offenders`` (all of them) in the annotation set ``data``."""
        examples = tuple(offenders[:_NUM_EXAMPLES])
        file = str(data.ann_file)
        return cls(level, check, data.name, file, message, len(offenders), examples)

    def line(self) -> str:
        """``error   boxes: 3 x no area; first: ...``"""
        first = f'; first: {self.examples[0]}' if self.examples else ''
        return f'{self.level:<7} {self.check}: {self.count} x {self.message}{first}'

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), 'examples': list(self.examples)}

"""What a conversion changed and left out, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from vl_runtime.errors import InputValueError


@dataclass
class ConversionReport:
    """Counts with the first case of each kind, so that nothing is dropped silently.

    Attributes:
        notes: kind -> [number, first case].
        broken: a line for each image that can't be converted.
    """

    notes: dict[str, list] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note(self, kind: str, case: str) -> None:
        """Count one ``case`` of ``kind``; the first one is shown."""
        self.notes.setdefault(kind, [0, case])[0] += 1

    def refuse_broken(self, skip_broken: bool) -> None:
        """Raise InputValueError for the first broken image, or count them all as left out."""
        if self.broken and not skip_broken:
            others = len(self.broken) - 1
            more = f' {others} more cannot be converted either.' if others else ''
            raise InputValueError(
                f'{self.broken[0]}{more} Mend them, or leave these images out with --skip-broken; '
                'nothing was written.'
            )
        for line in self.broken:
            self.note('broken images left out', line)

    def lines(self) -> list[str]:
        """One line for each kind of note."""
        return [f'{kind}: {number} (first: {case})' for kind, (number, case) in self.notes.items()]

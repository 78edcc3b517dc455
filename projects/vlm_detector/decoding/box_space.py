"""All boxes that may be written, and which of them were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WrittenBox = tuple[int, int, int, int, str]


@dataclass(frozen=True)
class BoxSpace:
    """Boxes with 0 <= x1 < x2 <= x_max, 0 <= y1 < y2 <= y_max, each once per label.

    Attributes:
        x_max, y_max: largest values that may be written, at least 1.
        num_labels: different labels a box may have.
    """

    x_max: int
    y_max: int
    num_labels: int

    def limits(self, start: tuple[int, ...]) -> tuple[int, int]:
        """Smallest and largest value of the coordinate after ``start`` (0 to 3 coordinates)."""
        size = (self.x_max, self.y_max)[len(start) % 2]
        return (0, size - 1) if len(start) < 2 else (start[len(start) - 2] + 1, size)

    def used_up(self, start: tuple[int, ...], written: Sequence[WrittenBox]) -> frozenset[int]:
        """Values after ``start`` whose boxes were all written, with every label each."""
        length = len(start)
        counts: dict[int, int] = {}
        for box in written:
            if box[:length] == start:
                counts[box[length]] = counts.get(box[length], 0) + 1
        return frozenset(
            value for value, count in counts.items() if count >= self._number((*start, value))
        )

    def total(self) -> int:
        """How many boxes there are, each label counted."""
        return self._number(())

    def _number(self, start: tuple[int, ...]) -> int:
        """Boxes times labels that start with these coordinates."""
        x_left = self.x_max - start[0] if start else self.x_max * (self.x_max + 1) // 2
        y_left = self.y_max - start[1] if len(start) > 1 else self.y_max * (self.y_max + 1) // 2
        width = 1 if len(start) > 2 else x_left
        height = 1 if len(start) > 3 else y_left
        return width * height * self.num_labels

"""A box as the text has it, before any rule is applied."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class BoxCandidate:
    """One box or what was meant as one.

    Attributes:
        values: numbers as written, in the order x1 y1 x2 y2; four if ``problem`` is None.
        spans: character offsets [start, end) of each number.
        label: the class text, or None if there is none.
        label_span: character offsets of the class text.
        label_is_guess: the text stands where a label may or may not be, as in
            ``Answer: [1, 2, 3, 4]``; it counts only if it is a class.
        problem: None, or the counter that this candidate adds to instead of being a box.
        polygon: the box was drawn around points.
    """

    values: tuple[float, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    label: str | None = None
    label_span: tuple[int, int] | None = None
    label_is_guess: bool = False
    problem: str | None = None
    polygon: bool = False

    def set_label(self, raw: str, start: int) -> None:
        """Take the text ``raw`` that stands at offset ``start``, without outer spaces.

        A blank text is no label.
        """
        text = raw.strip()
        if text:
            start += len(raw) - len(raw.lstrip())
            self.label, self.label_span = text, (start, start + len(text))


@dataclass
class ReadAnswer:
    """All candidates of an answer in the order of the text.

    Attributes:
        strict: the whole text has the form that the codec writes.
        explicit_empty: the text says that there is no object.
    """

    candidates: list[BoxCandidate] = field(default_factory=list)
    strict: bool = False
    explicit_empty: bool = False

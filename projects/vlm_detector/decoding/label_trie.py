"""All labels as a tree of symbols: what may follow a started label."""

from __future__ import annotations

from collections.abc import Iterable


class LabelTrie:
    """Which symbols continue a label, and whether it is complete.

    Args:
        labels: as symbols (see ``token_index``), in the form in which the answer holds them;
            none is empty.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        self.labels = tuple(dict.fromkeys(labels))
        self._complete = frozenset(self.labels)
        self._next: dict[str, set[str]] = {'': set()}
        self._rest: dict[str, str] = {}
        # Shortest first, so the first label that passes a node is the way out of it.
        for label in sorted(self.labels, key=lambda label: (len(label), label)):
            for end in range(len(label)):
                self._next.setdefault(label[:end], set()).add(label[end])
                self._rest.setdefault(label[:end], label[end])
        self._choices = {prefix: ''.join(sorted(symbols)) for prefix, symbols in self._next.items()}

    def choices(self, prefix: str) -> str:
        """The symbols that may follow ``prefix``."""
        return self._choices.get(prefix, '')

    def complete(self, prefix: str) -> bool:
        """Whether ``prefix`` is a label."""
        return prefix in self._complete

    def way_out(self, prefix: str) -> str:
        """The next symbol of the shortest label that starts with ``prefix`` and is longer."""
        return self._rest[prefix]

    def longest(self) -> int:
        """Symbols of the longest label."""
        return max(map(len, self.labels))

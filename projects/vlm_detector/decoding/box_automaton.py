"""What every grammar of box answers offers to the token level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any

import numpy as np

NO_TOKENS = np.zeros(0, dtype=np.int64)


class BoxAutomaton(ABC):
    """A machine that reads an answer symbol by symbol (see ``token_index``).

    States are immutable; equal states have equal futures. From every state that can be
    reached, ``way_out`` leads to an accepting one.
    """

    start: Any
    # Symbols that the longest way out may take, from any state.
    longest_way_out: int

    @abstractmethod
    def choices(self, state: Any) -> str:
        """The byte symbols that may come next."""

    def added_choices(self, state: Any) -> np.ndarray:
        """The ids of added tokens that may come next."""
        return NO_TOKENS

    @abstractmethod
    def advance(self, state: Any, symbol: str) -> Any:
        """The state after ``symbol``, one of the allowed ones."""

    @abstractmethod
    def accepts(self, state: Any) -> bool:
        """Whether the answer may end here."""

    @abstractmethod
    def way_out(self, state: Any) -> str:
        """The next symbol on a short way to the end; empty in an accepting state."""

    @abstractmethod
    def token_may_go_on(self, state: Any) -> bool:
        """Whether one token may reach across this state."""

    @abstractmethod
    def choices_key(self, state: Any, choices: str) -> Hashable | None:
        """Equal keys: the same tokens may come next (without ``added_choices``). None: unknown."""

    @abstractmethod
    def forced_key(self, state: Any) -> Hashable | None:
        """Equal keys of states with one choice: the same text is forced. None: unknown."""

    @abstractmethod
    def samples(self, state: Any) -> str:
        """Symbols that stand for all choices where it matters how a text before them is cut."""

    def closing(self, state: Any) -> str:
        """The symbols of the way out."""
        symbols = []
        while symbol := self.way_out(state):
            symbols.append(symbol)
            state = self.advance(state, symbol)
        return ''.join(symbols)

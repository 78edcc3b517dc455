"""Where one answer stands in its grammar."""

from __future__ import annotations

import numpy as np

from vlm_detector.decoding.box_automaton import BoxAutomaton
from vlm_detector.decoding.token_choices import TokenChoices


class GrammarCursor:
    """Allows the tokens of one answer, and always brings it to its end in time.

    While there is room for everything that can be begun, the grammar alone decides. When
    little room is left, only those tokens are allowed after which the shortest way to the end
    still fits; the first one of that way always is one of them.

    Args:
        choices: the token level.
        automaton: the grammar.
        end_token_id: ends the answer.
        max_new_tokens: limit, the end token included.
    """

    def __init__(
        self,
        choices: TokenChoices,
        automaton: BoxAutomaton,
        *,
        end_token_id: int,
        max_new_tokens: int,
    ) -> None:
        self._choices = choices
        self._automaton = automaton
        self._end = end_token_id
        self._left = max_new_tokens
        self._state = automaton.start
        self._forced: list[int] = []
        self._ended = False

    @property
    def done(self) -> bool:
        """Nothing may follow any more."""
        if self._ended:
            return True
        if not self._automaton.accepts(self._state):
            return False
        return not self._automaton.choices(self._state) and not len(
            self._automaton.added_choices(self._state)
        )

    def allowed(self) -> np.ndarray:
        """Ids of the tokens that may come next, at least one; the end token among them."""
        self._look_ahead()
        if self._forced:
            return np.array(self._forced[:1])
        ids = self._choices.allowed(self._automaton, self._state)
        if self._left <= self._tight():
            ids = np.array([i for i in ids.tolist() if self._fits(i)], dtype=np.int64)
        if self._automaton.accepts(self._state):
            ids = np.append(ids, self._end)
        return ids

    def push(self, token_id: int) -> None:
        """Take an allowed token."""
        self._left -= 1
        if token_id == self._end:
            self._ended = True
            return
        if self._forced:
            self._forced.pop(0)
        self._state = self._choices.after(self._automaton, self._state, token_id)

    def push_forced(self) -> list[int]:
        """Take and return all tokens up to the next choice (or the end)."""
        taken: list[int] = []
        while not self.done:
            self._look_ahead()
            tokens = list(self._forced)
            if not tokens:
                only = self.allowed()
                if len(only) > 1 or only[0] == self._end:
                    break
                tokens = only.tolist()
            for token in tokens:
                self.push(token)
            taken += tokens
        return taken

    def _look_ahead(self) -> None:
        """Find the tokens that are forced from here, if they leave room for the end."""
        if self._forced or self.done:
            return
        forced = self._choices.forced(self._automaton, self._state)
        if forced and self._left - len(forced) <= self._tight():
            state = self._state
            for token in forced:
                state = self._choices.after(self._automaton, state, token)
            if self._cost(state) > self._left - len(forced):
                return
        self._forced = list(forced)

    def _tight(self) -> int:
        """With more tokens than this left, every way out fits."""
        return self._automaton.longest_way_out + 2

    def _fits(self, token_id: int) -> bool:
        state = self._choices.after(self._automaton, self._state, token_id)
        return self._cost(state) <= self._left - 1

    def _cost(self, state: object) -> int:
        """Tokens of the way out, and the end token.

        The longest token is taken each time: that one is always allowed, and after it the
        way is one token shorter.
        """
        return self._choices.index.greedy_count(self._automaton.closing(state)) + 1

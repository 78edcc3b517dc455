"""Which tokens an automaton over symbols allows, and which texts it forces."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from vlm_detector.decoding.box_automaton import BoxAutomaton
from vlm_detector.decoding.token_index import TokenIndex, added_symbol


class TokenChoices:
    """The token level of automata that differ in their bounds only, with a memory.

    A token is allowed when its symbols are. Where the automaton forces a text, the
    tokenizer's own tokens of this text are what is allowed ("canonical", as in training), as
    far as they don't depend on what comes after the text.

    Args:
        index: of the tokenizer.
    """

    def __init__(self, index: TokenIndex) -> None:
        self.index = index
        self._allowed: dict[Hashable, np.ndarray] = {}
        self._forced: dict[Hashable, tuple[int, ...]] = {}
        self._canonical: dict[tuple, tuple[int, ...]] = {}

    def allowed(self, automaton: BoxAutomaton, state: Any) -> np.ndarray:
        """Sorted ids of the tokens that may come next, without end tokens."""
        choices = automaton.choices(state)
        key = automaton.choices_key(state, choices)
        if choices[:1].isdigit() and not self.index.single_digits:
            key = None
        ids = None if key is None else self._allowed.get(key)
        if ids is None:
            found = [i for symbol in choices for i in self._starting(automaton, state, symbol)]
            ids = np.sort(np.array(found, dtype=np.int64))
            if key is not None:
                self._allowed[key] = ids
        added = automaton.added_choices(state)
        if not len(added):
            return ids
        return np.sort(np.concatenate([ids, added])) if len(ids) else added

    def after(self, automaton: BoxAutomaton, state: Any, token_id: int) -> Any:
        """The state after an allowed token."""
        for symbol in self.index.symbols[token_id]:
            state = automaton.advance(state, symbol)
        return state

    def forced(self, automaton: BoxAutomaton, state: Any) -> tuple[int, ...]:
        """The canonical tokens of the text that has to follow; () where there is a choice.

        Tokens that could be joined with what comes after the forced text are left out:
        ``"}`` may become a part of ``"},{`` or of ``"}]``.
        """
        if not _is_forced(automaton, state):
            return ()
        key = automaton.forced_key(state)
        if key is None:
            return self._canonical_tokens(automaton, state)
        if key not in self._forced:
            self._forced[key] = self._canonical_tokens(automaton, state)
        return self._forced[key]

    def _canonical_tokens(self, automaton: BoxAutomaton, state: Any) -> tuple[int, ...]:
        text, end = forced_text(automaton, state)
        follow = tuple(
            symbol + forced_text(automaton, automaton.advance(end, symbol))[0]
            for symbol in automaton.samples(end)
        )
        if (text, follow) not in self._canonical:
            self._canonical[text, follow] = self._cut(text, follow)
        return self._canonical[text, follow]

    def _starting(self, automaton: BoxAutomaton, state: Any, symbol: str) -> list[int]:
        """Allowed tokens whose first symbol this is."""
        found: list[int] = []
        pending = [(symbol, automaton.advance(state, symbol))]
        while pending:
            symbols, reached = pending.pop()
            if not self.index.extends(symbols):
                continue
            found += self.index.ids_of(symbols)
            if automaton.token_may_go_on(reached):
                pending += [
                    (symbols + more, automaton.advance(reached, more))
                    for more in automaton.choices(reached)
                ]
        return found

    def _cut(self, text: str, follow: tuple[str, ...]) -> tuple[int, ...]:
        whole = _whole_characters(text)
        if whole is None:
            return ()
        rest = text[len(whole) :]
        ways = [self.index.encode(whole + rest + more) for more in follow or ('',)]
        kept: list[int] = []
        length = 0
        for tokens in zip(*ways, strict=False):
            length += len(self.index.symbols[tokens[0]])
            if len(set(tokens)) > 1 or length > len(whole):
                break
            kept.append(tokens[0])
        return tuple(kept)


def forced_text(automaton: BoxAutomaton, state: Any) -> tuple[str, Any]:
    """The symbols that have to follow, and the state after them, where there is a choice."""
    symbols: list[str] = []
    while _is_forced(automaton, state):
        added = automaton.added_choices(state)
        symbols.append(automaton.choices(state) or added_symbol(int(added[0])))
        state = automaton.advance(state, symbols[-1])
    return ''.join(symbols), state


def _is_forced(automaton: BoxAutomaton, state: Any) -> bool:
    choices = automaton.choices(state)
    if len(choices) > 1 or automaton.accepts(state):
        return False
    return len(choices) + len(automaton.added_choices(state)) == 1


def _whole_characters(symbols: str) -> str | None:
    """``symbols`` up to the last whole character; None when it begins inside of one.

    Symbols of added tokens are whole by themselves.
    """
    if symbols and 0x80 <= ord(symbols[0]) < 0xC0:
        return None
    for length in range(len(symbols), max(-1, len(symbols) - 4), -1):
        ordinary = ''.join(symbol for symbol in symbols[:length] if ord(symbol) < 0x100)
        try:
            ordinary.encode('latin-1').decode('utf-8')
        except UnicodeDecodeError:
            continue
        return symbols[:length]
    return None

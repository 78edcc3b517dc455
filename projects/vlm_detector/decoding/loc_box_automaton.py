"""The grammar of ``label<loc_x1><loc_y1><loc_x2><loc_y2>...``, Florence-2's answers."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np

from vlm_detector.decoding.box_automaton import NO_TOKENS, BoxAutomaton
from vlm_detector.decoding.box_space import BoxSpace, WrittenBox
from vlm_detector.decoding.label_trie import LabelTrie
from vlm_detector.decoding.token_index import TokenIndex, added_symbol


class LocState(NamedTuple):
    """Where in the answer."""

    label: str = ''  # of the box that is being written, or of the one before
    in_label: bool = True
    coordinates: tuple[int, ...] = ()
    written: tuple[WrittenBox, ...] = ()


class LocBoxAutomaton(BoxAutomaton):
    """A known label, then four location tokens or a multiple of that; and so on.

    Corners are ordered, no box is written twice with a label.

    Args:
        trie: of the labels.
        space: the boxes that may be written.
        index: of the tokenizer; it knows the location tokens.
        max_boxes: after so many, only the end is allowed.
    """

    def __init__(
        self, trie: LabelTrie, space: BoxSpace, index: TokenIndex, *, max_boxes: int
    ) -> None:
        self.trie = trie
        self.space = space
        self.start = LocState()
        self.longest_way_out = trie.longest() + 4
        self._limit = min(max_boxes, space.total())
        self._one_label = BoxSpace(space.x_max, space.y_max, 1)
        largest = max(space.x_max, space.y_max)
        self._ids = np.array([index.added_tokens[f'<loc_{value}>'] for value in range(largest + 1)])
        self._value_of = {added_symbol(int(i)): value for value, i in enumerate(self._ids)}

    def choices(self, state: LocState) -> str:
        if state.in_label:
            return self.trie.choices(state.label)
        return self.trie.choices('') if self.accepts(state) and self._room(state) else ''

    def added_choices(self, state: LocState) -> np.ndarray:
        if not self._takes_location(state):
            return NO_TOKENS
        low, high = self.space.limits(state.coordinates)
        used_up = self._used_up(state)
        ids = self._ids[low : high + 1]
        if used_up:
            ids = np.delete(ids, [value - low for value in used_up])
        return ids

    def advance(self, state: LocState, symbol: str) -> LocState:
        value = self._value_of.get(symbol)
        if value is None:
            label = state.label if state.in_label and not state.coordinates else ''
            return LocState(label + symbol, written=state.written)
        coordinates = (*state.coordinates, value)
        written = state.written
        if len(coordinates) == 4:
            written, coordinates = (*written, (*coordinates, state.label)), ()
        return LocState(state.label, False, coordinates, written)

    def accepts(self, state: LocState) -> bool:
        """At the start and after complete boxes."""
        return not state.coordinates and (not state.in_label or not state.label)

    def way_out(self, state: LocState) -> str:
        if self.accepts(state):
            return ''
        if self._takes_location(state):
            return added_symbol(int(self.added_choices(state)[0]))
        return self.trie.way_out(state.label)

    def token_may_go_on(self, state: LocState) -> bool:
        """Ordinary tokens stay inside a label."""
        return state.in_label

    def choices_key(self, state: LocState, choices: str) -> Hashable | None:
        """A label goes on by itself, and begins like every other."""
        return state.label if state.in_label else bool(choices)

    def forced_key(self, state: LocState) -> Hashable | None:
        """A text is forced inside a label, up to the first location token."""
        return state.label if state.in_label else None

    def samples(self, state: LocState) -> str:
        """Any location token stands for all: text is cut before them in any case."""
        locations = self.added_choices(state)
        return self.choices(state) + (added_symbol(int(locations[0])) if len(locations) else '')

    def _takes_location(self, state: LocState) -> bool:
        if state.coordinates:
            return True
        if not self._room(state):
            return False
        return not state.in_label or self.trie.complete(state.label)

    def _used_up(self, state: LocState) -> frozenset[int]:
        same = [box for box in state.written if box[4] == state.label]
        return self._one_label.used_up(state.coordinates, same)

    def _room(self, state: LocState) -> bool:
        return len(state.written) < self._limit

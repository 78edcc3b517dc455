"""The grammar of ``[{"bbox_2d":[x1,y1,x2,y2],"label":"name"},...]``."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from vlm_detector.decoding.box_automaton import BoxAutomaton
from vlm_detector.decoding.box_space import BoxSpace, WrittenBox
from vlm_detector.decoding.label_trie import LabelTrie
from vlm_detector.decoding.number_digits import next_digits, shortest_digit
from vlm_detector.decoding.token_index import text_symbols

_AFTER = {'open': 'first', 'item': 'number', 'comma': 'number', 'middle': 'label', 'close': 'end'}


class JsonState(NamedTuple):
    """Where in the answer: ``phase`` and what it needs."""

    phase: str = 'open'
    offset: int = 0  # inside a fixed text
    digits: str = ''  # of the number that is being written
    coordinates: tuple[int, ...] = ()  # of the box that is being written
    used_up: frozenset[int] = frozenset()  # values that the number may not take
    label: str = ''
    taken: frozenset[str] = frozenset()  # labels that this box has already
    written: tuple[WrittenBox, ...] = ()


def label_symbols(label: str) -> str:
    """``label`` as it stands between the quotes of JSON, as symbols."""
    return text_symbols(json.dumps(label, ensure_ascii=False)[1:-1])


class JsonBoxAutomaton(BoxAutomaton):
    """Numbers without leading zeros, ordered corners, known labels, no box twice with a label.

    Args:
        trie: of the labels in JSON's form (``label_symbols``).
        space: the boxes that may be written.
        max_boxes: after so many, only the end is allowed.
        compact: no spaces after commas and colons.
    """

    def __init__(
        self, trie: LabelTrie, space: BoxSpace, *, max_boxes: int, compact: bool = True
    ) -> None:
        gap = '' if compact else ' '
        self.texts = {
            'open': '[',
            'item': f'{{"bbox_2d":{gap}[',
            'comma': f',{gap}',
            'middle': f'],{gap}"label":{gap}"',
            'tail': '"}',
            'between': f',{gap}{{"bbox_2d":{gap}[',
            'close': ']',
        }
        self.trie = trie
        self.space = space
        self._limit = min(max_boxes, space.total())
        self.start = JsonState()
        digits = 4 * len(str(max(space.x_max, space.y_max)))
        self.longest_way_out = (
            sum(map(len, self.texts.values())) + 3 * len(self.texts['comma']) + digits
        ) + trie.longest()

    def choices(self, state: JsonState) -> str:
        phase = state.phase
        if phase in self.texts:
            return self.texts[phase][state.offset]
        if phase == 'number':
            follow, complete = next_digits(state.digits, *self._limits(state), state.used_up)
            return follow + self._terminator(state) if complete else follow
        if phase == 'label':
            trie = self._trie(state)
            return trie.choices(state.label) + ('"' if trie.complete(state.label) else '')
        if phase == 'end':
            return ''
        return ']' + (self._opening(phase) if self._room(state) else '')

    def advance(self, state: JsonState, symbol: str) -> JsonState:
        phase = state.phase
        if phase in self.texts:
            return self._in_text(state._replace(offset=state.offset + 1))
        if phase == 'number':
            if symbol in '0123456789':
                return state._replace(digits=state.digits + symbol)
            return self._number_done(state)
        if phase == 'label':
            if symbol == '"' and self._ends_label(state):
                box = (*state.coordinates, state.label)
                return self._in_text(JsonState('tail', 1, written=(*state.written, box)))
            return state._replace(label=state.label + symbol)
        if symbol == ']':
            return self._in_text(JsonState('close', 1, written=state.written))
        text = 'item' if phase == 'first' else 'between'
        return self._in_text(JsonState(text, 1, written=state.written))

    def accepts(self, state: JsonState) -> bool:
        return state.phase == 'end'

    def way_out(self, state: JsonState) -> str:
        phase = state.phase
        if phase == 'end':
            return ''
        if phase in self.texts:
            return self.texts[phase][state.offset]
        if phase == 'number':
            limits = self._limits(state)
            if next_digits(state.digits, *limits, state.used_up)[1]:
                return self._terminator(state)
            return shortest_digit(state.digits, *limits, state.used_up)
        if phase == 'label':
            trie = self._trie(state)
            return '"' if trie.complete(state.label) else trie.way_out(state.label)
        return ']'

    def token_may_go_on(self, state: JsonState) -> bool:
        """No token reaches into a number: then texts and labels never depend on bounds."""
        return state.phase != 'number' or bool(state.digits)

    def choices_key(self, state: JsonState, choices: str) -> Hashable | None:
        """No token reaches into the next number, so its bounds don't matter."""
        phase = state.phase
        if phase == 'number':
            if self._labels_taken(state):
                return None
            return phase, choices, len(state.coordinates), self._room(state)
        if state.taken:
            return None
        return phase, state.offset, state.label, self._room(state)

    def forced_key(self, state: JsonState) -> Hashable | None:
        """A forced text may reach into the next number where its first digit is forced too."""
        phase = state.phase
        if phase == 'number' and self.choices(state) == self._terminator(state):
            start, phase = (*state.coordinates, int(state.digits)), len(state.coordinates)
            if phase == 3:
                return None if self._labels_taken(state) else (phase, self._room(state))
        elif phase in ('comma', 'item', 'between', 'open', 'close', 'tail', 'after', 'first'):
            start = state.coordinates
        else:
            return None if phase == 'number' or state.taken else self.choices_key(state, '')
        low, high = self.space.limits(start)
        if 2 * low > high or self.space.used_up(start, state.written):
            return None
        return phase, state.offset, self._room(state)

    def samples(self, state: JsonState) -> str:
        return '1' if state.phase == 'number' and not state.digits else self.choices(state)

    def _opening(self, phase: str) -> str:
        return self.texts['item' if phase == 'first' else 'between'][0]

    def _room(self, state: JsonState) -> int:
        """How many more boxes may be opened; 2 stands for more."""
        return min(2, self._limit - len(state.written))

    def _limits(self, state: JsonState) -> tuple[int, int]:
        return self.space.limits(state.coordinates)

    def _terminator(self, state: JsonState) -> str:
        return ',' if len(state.coordinates) < 3 else ']'

    def _labels_taken(self, state: JsonState) -> bool:
        """Whether this box, once complete, may have some labels already."""
        return len(state.coordinates) == 3 and any(
            box[:3] == state.coordinates for box in state.written
        )

    def _number_done(self, state: JsonState) -> JsonState:
        coordinates = (*state.coordinates, int(state.digits))
        last = len(coordinates) == 4
        taken = frozenset(box[4] for box in state.written if last and box[:4] == coordinates)
        return self._in_text(
            JsonState(
                'middle' if last else 'comma',
                1,
                coordinates=coordinates,
                taken=taken,
                written=state.written,
            )
        )

    def _in_text(self, state: JsonState) -> JsonState:
        """``state``, or what follows the fixed text that it has come to the end of."""
        if state.offset < len(self.texts[state.phase]):
            return state
        if state.phase == 'tail':
            return JsonState('after', written=state.written)
        phase = 'number' if state.phase == 'between' else _AFTER[state.phase]
        used_up: frozenset[int] = frozenset()
        if phase == 'number':
            used_up = self.space.used_up(state.coordinates, state.written)
        return state._replace(phase=phase, offset=0, used_up=used_up)

    def _ends_label(self, state: JsonState) -> bool:
        return self._trie(state).complete(state.label)

    def _trie(self, state: JsonState) -> LabelTrie:
        if not state.taken:
            return self.trie
        return LabelTrie(remaining(self.trie.labels, state.taken))


def remaining(labels: Sequence[str], taken: frozenset[str]) -> list[str]:
    """The labels that are not taken, in order."""
    return [label for label in labels if label not in taken]

"""Constrained decoding: answers that always are boxes in the codec's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.decoding.box_automaton import BoxAutomaton
from vlm_detector.decoding.box_space import BoxSpace
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.grammar_cursor import GrammarCursor
from vlm_detector.decoding.json_box_automaton import JsonBoxAutomaton, label_symbols
from vlm_detector.decoding.label_trie import LabelTrie
from vlm_detector.decoding.loc_box_automaton import LocBoxAutomaton
from vlm_detector.decoding.token_choices import TokenChoices
from vlm_detector.decoding.token_index import text_symbols, token_index_of

if TYPE_CHECKING:
    from vlm_detector.codecs.box_codec import BoxCodec
    from vlm_detector.families.conversation_encoder import ConversationEncoder

_JSON, _LOCATIONS = 'bbox_2d', 'loc_tokens'  # answer forms of codecs
_SHORTEST_ANSWER = 3  # [ and ] and the end token


@MODELS.register_module()
class BoxGrammar:
    """Which answers a model may give: boxes of the codec, labels of the request.

    Numbers lie in the codec's range, without leading zeros; x2 > x1 and y2 > y1; a box comes
    once with a label; the end comes in time. A label may be cut into tokens in any way, text
    that is forced is cut as the tokenizer cuts it.

    Args:
        max_boxes: most boxes in an answer.
    """

    def __init__(self, max_boxes: int = 100) -> None:
        if not isinstance(max_boxes, int) or max_boxes < 1:
            raise InputValueError(
                f'BoxGrammar.max_boxes: expected an integer >= 1, found {max_boxes!r}.'
            )
        self.max_boxes = max_boxes

    def cursors(
        self,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
        *,
        max_new_tokens: int,
    ) -> list[GrammarCursor]:
        """A cursor at the start of an answer for each request.

        Raises:
            InputValueError: no grammar for this codec, a request without class names or with
                one that the codec can't write, a limit below the shortest answer.
        """
        index = token_index_of(encoder.tokenizer)
        if max_new_tokens < _SHORTEST_ANSWER:
            raise InputValueError(
                f'decode.max_new_tokens: expected at least {_SHORTEST_ANSWER} with a grammar, '
                f'found {max_new_tokens}.'
            )
        automata: dict[tuple, BoxAutomaton] = {}
        choices: dict[tuple, TokenChoices] = {}
        tries: dict[tuple, LabelTrie] = {}
        cursors = []
        for number, request in enumerate(requests):
            names = request.class_names
            if names not in choices:
                choices[names] = TokenChoices(index)
                tries[names] = LabelTrie(_labels(codec, names, number))
            largest = codec.coordinate_range(
                image_size_wh=request.image.image_size_wh,
                model_size_wh=request.image.model_size_wh,
            )
            key = (names, *largest)
            if key not in automata:
                automata[key] = self._automaton(codec, tries[names], largest, index)
            cursor = GrammarCursor(
                choices[names],
                automata[key],
                end_token_id=encoder.end_token_ids[0],
                max_new_tokens=max_new_tokens,
            )
            cursors.append(cursor)
        return cursors

    def _automaton(self, codec: BoxCodec, trie: LabelTrie, largest, index) -> BoxAutomaton:
        space = BoxSpace(*largest, num_labels=len(trie.labels))
        if codec.answer_form == _LOCATIONS:
            return LocBoxAutomaton(trie, space, index, max_boxes=self.max_boxes)
        return JsonBoxAutomaton(trie, space, max_boxes=self.max_boxes, compact=codec.compact)


def _labels(codec: BoxCodec, class_names: Sequence[str], request: int) -> list[str]:
    """Class names as they stand in an answer, as symbols."""
    if codec.answer_form not in (_JSON, _LOCATIONS):
        raise InputValueError(
            f'BoxGrammar: expected a codec that writes {_JSON} JSON or {_LOCATIONS}, found '
            f'{codec.name!r}; set decode.grammar to None.'
        )
    if not class_names:
        raise InputValueError(
            f'request {request}: expected class names for the labels of the grammar, found none.'
        )
    for name in class_names:
        codec.check_label(name)
    if codec.answer_form == _JSON:
        return [label_symbols(name) for name in class_names]
    return [text_symbols(name.strip()) for name in class_names]

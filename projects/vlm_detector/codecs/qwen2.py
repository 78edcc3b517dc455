"""Box codec of Qwen2-VL: tagged labels and corner pairs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError
from vlm_detector.codecs.answer_lexer import NUMBER, tokens
from vlm_detector.codecs.answer_parsing import box_of_items, read_json_boxes
from vlm_detector.codecs.box_candidate import BoxCandidate, ReadAnswer
from vlm_detector.codecs.box_codec import BoxCodec, SizeWH

_TAGS = (
    '<|object_ref_start|>',
    '<|object_ref_end|>',
    '<|box_start|>',
    '<|box_end|>',
    '<|quad_start|>',
    '<|quad_end|>',
)
_TAG = re.compile('|'.join(map(re.escape, _TAGS)))
_CORNER = r'\([0-9]+,[0-9]+\)'
_STRICT = re.compile(
    r'(?:<\|object_ref_start\|>(?:(?!<\|).)+<\|object_ref_end\|>'
    rf'(?:<\|box_start\|>{_CORNER},{_CORNER}<\|box_end\|>)+)+'
)
_POINT = rf'\(\s*{NUMBER.pattern}\s*,\s*{NUMBER.pattern}\s*\)'
_PAIR = re.compile(rf'{_POINT}\s*,?\s*{_POINT}')


@TASK_UTILS.register_module()
class Qwen2Codec(BoxCodec):
    """Tagged label and corners, in thousandths of the image, 0..1000, rounded.

    ``<|object_ref_start|>label<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>``
    per object; ``[]`` says "no object". Error at most W/2000 pixels. Reading also takes
    several boxes behind one label, quads, the same text without its tags, and JSON.
    """

    name: ClassVar[str] = 'qwen2'
    answer_form: ClassVar[str] = 'box_tags'
    special_tokens: ClassVar[tuple[str, ...]] = _TAGS[:4]

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """A thousand units on either side, whatever the sizes."""
        return 1000, 1000

    def check_label(self, name: str) -> None:
        """Refuse names that hold the start of a tag or a line break, besides blank ones."""
        super().check_label(name)
        if '<|' in name or '\n' in name:
            raise InputValueError(
                f'codec {self.name!r}: class name {name!r} holds "<|" or a line break, which are '
                'part of the tags of an answer; use another class text.'
            )

    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """Tagged label and corners of every object, or ``[]``."""
        return (
            ''.join(
                f'<|object_ref_start|>{name}<|object_ref_end|>'
                f'<|box_start|>({x1},{y1}),({x2},{y2})<|box_end|>'
                for (x1, y1, x2, y2), name in zip(units.tolist(), names, strict=True)
            )
            or '[]'
        )

    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """Tagged boxes; without tags JSON or corner pairs behind a text."""
        if _TAG.search(text):
            answer = _TaggedText(text).read()
        elif '[' in text or '{' in text:
            answer = read_json_boxes(text)
        else:
            answer = _plain_pairs(text)
        answer.strict = bool(_STRICT.fullmatch(text))
        return answer

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        return 'each name followed by (x1,y1),(x2,y2) with whole numbers from 0 to 1000'


class _TaggedText:
    """Follows the tags through the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.label: tuple[int, int] | None = None
        self.label_used = True
        self.candidates: list[BoxCandidate] = []

    def read(self) -> ReadAnswer:
        tag, start = '', 0
        for match in _TAG.finditer(self.text):
            self._part(tag, start, match.start(), cut=False)
            tag, start = match.group(), match.end()
        self._part(tag, start, len(self.text), cut=True)
        self._drop_unused_label('incomplete')
        return ReadAnswer(self.candidates)

    def _part(self, tag: str, start: int, end: int, *, cut: bool) -> None:
        """The text [start, end) that follows ``tag``; ``cut``: no tag ends it."""
        if tag == '<|object_ref_start|>':
            self._drop_unused_label('wrong_arity')
            if cut:
                self.candidates.append(BoxCandidate(problem='incomplete'))
            else:
                self.label, self.label_used = (start, end), False
        elif tag in ('<|box_start|>', '<|quad_start|>'):
            self.label_used = True
            if cut:  # what follows the last corner may be the start of a tag
                end = max(start, self.text.rfind(')', start) + 1)
            self._box(start, end, cut=cut, is_quad=tag == '<|quad_start|>')

    def _box(self, start: int, end: int, *, cut: bool, is_quad: bool) -> None:
        items = [item for item in tokens(self.text[start:end]) if item.kind in ('number', 'word')]
        if cut and len(items) < (8 if is_quad else 4):
            self.candidates.append(BoxCandidate(problem='incomplete'))
            return
        for item in items:
            item.start, item.end = item.start + start, item.end + start
        if is_quad and len(items) == 8 and all(item.kind == 'number' for item in items):
            xs, ys = (sorted(items[k::2], key=lambda i: float(i.value)) for k in (0, 1))
            candidate = box_of_items([xs[0], ys[0], xs[-1], ys[-1]])
            candidate.polygon = True
        else:
            candidate = box_of_items(items)
        if self.label is not None:
            candidate.set_label(self.text[slice(*self.label)], self.label[0])
        self.candidates.append(candidate)

    def _drop_unused_label(self, problem: str) -> None:
        """A label without a box is no object; it is counted, not passed over."""
        if not self.label_used:
            self.candidates.append(BoxCandidate(problem=problem))
        self.label_used = True


def _plain_pairs(text: str) -> ReadAnswer:
    """``cat(1,2),(3,4)``: what is left when a tokenizer removed the tags."""
    candidates, behind = [], 0
    for match in _PAIR.finditer(text):
        items = [item for item in tokens(match.group()) if item.kind == 'number']
        for item in items:
            item.start, item.end = item.start + match.start(), item.end + match.start()
        candidate = box_of_items(items)
        candidate.set_label(text[behind : match.start()], behind)
        behind = match.end()
        candidates.append(candidate)
    return ReadAnswer(candidates)

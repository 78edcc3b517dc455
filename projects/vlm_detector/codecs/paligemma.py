"""Box codec of PaliGemma: location tokens in front of each label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError
from vlm_detector.codecs.box_candidate import BoxCandidate, ReadAnswer
from vlm_detector.codecs.box_codec import BoxCodec, SizeWH

_PIECE = re.compile(
    r'<loc(?P<bin>[0-9]{4})>|(?P<mask><seg[0-9]{3}>)|(?P<frame><(?:bos|eos|pad)>)'
    r'|(?P<text>(?:(?!<loc[0-9]{4}>|<seg[0-9]{3}>|<(?:bos|eos|pad)>).)+)',
    re.S,
)
_OBJECT = r'(?:<loc[0-9]{4}>){4} [^;<>]*[^;<>\s]'
_STRICT = re.compile(rf'{_OBJECT}(?: ; {_OBJECT})*')
_FROM_YXYX = (1, 0, 3, 2)


@TASK_UTILS.register_module()
class PaliGemmaCodec(BoxCodec):
    """``<locYYYY><locXXXX><locYYYY><locXXXX> label``, objects joined by `` ; ``.

    A coordinate is the 1024th that it lies in, four digits with leading zeros, and is
    read as its centre: error at most W/2048 pixels. No object is the empty text. Mask
    tokens (``<segNNN>``) are passed over.
    """

    name: ClassVar[str] = 'paligemma'
    answer_form: ClassVar[str] = 'loc_tokens_yxyx'
    special_tokens: ClassVar[tuple[str, ...]] = tuple(f'<loc{k:04d}>' for k in range(1024))
    binned: ClassVar[bool] = True

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """1024 units on either side, whatever the sizes."""
        return 1024, 1024

    def check_label(self, name: str) -> None:
        """Refuse names that hold the separator or a bracket of a token, besides blank ones."""
        super().check_label(name)
        if any(sign in name for sign in ';<>'):
            raise InputValueError(
                f'codec {self.name!r}: class name {name!r} holds ";", "<" or ">", which separate '
                'the objects and tokens of an answer; use another class text.'
            )

    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """Four location tokens and the label of every object."""
        return ' ; '.join(
            ''.join(f'<loc{box[k]:04d}>' for k in _FROM_YXYX) + ' ' + name.strip()
            for box, name in zip(units.tolist(), names, strict=True)
        )

    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """Runs of location tokens with the label behind them."""
        if not text.strip() and not truncated:
            return ReadAnswer(explicit_empty=True)
        answer = _Runs(truncated).read(text)
        answer.strict = bool(_STRICT.fullmatch(text))
        return answer

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        return '<locYYYY><locXXXX><locYYYY><locXXXX> name for each object, joined by " ; "'


class _Runs:
    """Collects location tokens until the text behind them names the boxes."""

    def __init__(self, truncated: bool) -> None:
        self.truncated = truncated
        self.bins: list[tuple[float, tuple[int, int]]] = []
        self.candidates: list[BoxCandidate] = []

    def read(self, text: str) -> ReadAnswer:
        for piece in _PIECE.finditer(text):
            if piece['bin'] is not None:
                self.bins.append((float(piece['bin']), piece.span()))
            elif piece['text'] is not None:
                self._text(piece, last=piece.end() == len(text))
        if self.bins:
            self._boxes(None, 0, last=True)
        return ReadAnswer(self.candidates)

    def _text(self, piece: re.Match, *, last: bool) -> None:
        """``label ; other``: the first part names the boxes, further ones have none."""
        parts = piece['text'].split(';')
        start = piece.start()
        for number, part in enumerate(parts):
            # A label that nothing ends may be the start of a longer one.
            cut = last and number == len(parts) - 1 and self.truncated
            if self.bins:
                if part.strip() or len(parts) > 1:
                    self._boxes(part, start, last=cut)
            elif part.strip():
                self._problem('incomplete' if cut else 'wrong_arity')
            start += len(part) + 1

    def _boxes(self, label: str | None, start: int, *, last: bool) -> None:
        bins, self.bins = self.bins, []
        if last and self.truncated:
            self._problem('incomplete')
            return
        for first in range(0, len(bins) - 3, 4):
            group = [bins[first + k] for k in _FROM_YXYX]
            candidate = BoxCandidate(
                tuple(value for value, _ in group), tuple(span for _, span in group)
            )
            if label is not None:
                candidate.set_label(label, start)
            self.candidates.append(candidate)
        if len(bins) % 4:
            self._problem('wrong_arity')

    def _problem(self, name: str) -> None:
        self.candidates.append(BoxCandidate(problem=name))

"""Box codec of Florence-2: location tokens behind each label."""

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
    r'<loc_(?P<bin>[0-9]+)>|(?P<tag></?poly>|<sep>)|(?P<frame></?s>|<pad>)'
    r'|(?P<text>(?:(?!<loc_[0-9]+>|</?poly>|<sep>|</?s>|<pad>).)+)',
    re.S,
)
_STRICT = re.compile(r'(?:\s*[^<>\s][^<>]*(?:(?:<loc_[0-9]{1,3}>){4})+)*')
_NO_OBJECT = re.compile(r'\s*no objects?\.?\s*', re.I)


@TASK_UTILS.register_module()
class Florence2Codec(BoxCodec):
    """``label<loc_x1><loc_y1><loc_x2><loc_y2>`` per object, nothing in between.

    A coordinate is the thousandth that it lies in, 0..999, and is read as its centre:
    error at most W/2000 pixels. No object is the empty text. Reading also takes several
    boxes behind one label, and polygons (``<poly>`` ... ``<sep>`` ... ``</poly>``), which
    become their bounding box and are counted.

    Args:
        points_per_box: location pairs of one box: 2, or 4 to read the quads of text
            recognition, which become their bounding boxes.
        order, other_class: see ``BoxCodec``.

    Raises:
        InputValueError: ``points_per_box`` is neither 2 nor 4.
    """

    name: ClassVar[str] = 'florence2'
    answer_form: ClassVar[str] = 'loc_tokens'
    special_tokens: ClassVar[tuple[str, ...]] = tuple(f'<loc_{k}>' for k in range(1000))
    binned: ClassVar[bool] = True

    def __init__(
        self,
        points_per_box: int = 2,
        order: str = 'raster',
        *,
        other_class: str | None = None,
    ) -> None:
        super().__init__(order, other_class=other_class)
        if points_per_box not in (2, 4):
            raise InputValueError(
                f'Florence2Codec: expected points_per_box 2 (boxes) or 4 (quads), found '
                f'{points_per_box!r}.'
            )
        self.points_per_box = points_per_box

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """A thousand units on either side, whatever the sizes."""
        return 1000, 1000

    def check_label(self, name: str) -> None:
        """Refuse names that hold a bracket of a token, besides blank ones."""
        super().check_label(name)
        if '<' in name or '>' in name:
            raise InputValueError(
                f'codec {self.name!r}: class name {name!r} holds "<" or ">", which start and end '
                'the tokens of an answer; use another class text.'
            )

    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """Label and four location tokens of every object."""
        return ''.join(
            name.strip() + ''.join(f'<loc_{value}>' for value in box)
            for box, name in zip(units.tolist(), names, strict=True)
        )

    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """Runs of location tokens with the label in front of them."""
        answer = _Runs(self.points_per_box, truncated).read(text)
        answer.explicit_empty = not truncated and (
            not text.strip() or bool(_NO_OBJECT.fullmatch(text))
        )
        answer.strict = self.points_per_box == 2 and bool(_STRICT.fullmatch(text))
        if answer.explicit_empty:
            answer.candidates = []
        return answer

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        return 'each name followed by <loc_x1><loc_y1><loc_x2><loc_y2>, from 0 to 999'


class _Runs:
    """Collects location tokens until a text or a tag ends the run."""

    def __init__(self, points_per_box: int, truncated: bool) -> None:
        self.numbers_per_box = 2 * points_per_box
        self.truncated = truncated
        self.label: re.Match | None = None
        self.label_used = True
        self.bins: list[tuple[float, tuple[int, int]]] = []
        self.in_polygon = False
        self.candidates: list[BoxCandidate] = []

    def read(self, text: str) -> ReadAnswer:
        for piece in _PIECE.finditer(text):
            if piece['bin'] is not None:
                self.bins.append((float(piece['bin']), piece.span()))
            elif piece['tag'] == '<sep>':
                continue  # the next part of the same polygon
            elif piece['tag'] is not None:
                self._end_run()
                self.in_polygon = piece['tag'] == '<poly>'
            elif piece['text'] is not None and piece['text'].strip():
                self._end_run()
                self._drop_unused_label()
                self.label, self.label_used = piece, False
        self._end_run(last=True)
        self._drop_unused_label(last=True)
        return ReadAnswer(self.candidates)

    def _end_run(self, *, last: bool = False) -> None:
        bins, self.bins = self.bins, []
        if not bins:
            return
        self.label_used = True
        if self.in_polygon:
            open_end = last and self.truncated
            self._polygon(bins, 'incomplete' if open_end else None)
            return
        size = self.numbers_per_box
        for start in range(0, len(bins) - size + 1, size):
            group = bins[start : start + size]
            if size == 4:
                self._add(group)
            else:
                self._polygon(group)
        if len(bins) % size:
            cut = last and self.truncated
            self._problem('incomplete' if cut else 'wrong_arity')

    def _polygon(self, bins: list, problem: str | None = None) -> None:
        """The bounding box of points; an odd number or a single point is none."""
        xs, ys = bins[0::2], bins[1::2]
        if problem is None and (len(xs) != len(ys) or len(xs) < 2):
            problem = 'wrong_arity'
        if problem is not None:
            self._problem(problem)
            return
        self._add([min(xs), min(ys), max(xs), max(ys)], polygon=True)

    def _add(self, bins: list, *, polygon: bool = False) -> None:
        candidate = BoxCandidate(
            tuple(value for value, _ in bins), tuple(span for _, span in bins), polygon=polygon
        )
        if self.label is not None:
            candidate.set_label(self.label['text'], self.label.start())
        self.candidates.append(candidate)

    def _problem(self, name: str) -> None:
        self.candidates.append(BoxCandidate(problem=name))

    def _drop_unused_label(self, *, last: bool = False) -> None:
        """A text without locations is no object; it is counted, not passed over."""
        if not self.label_used:
            self._problem('incomplete' if last and self.truncated else 'wrong_arity')
        self.label_used = True

"""Read boxes from JSON-like answers, however broken, in one pass and with text offsets."""

from __future__ import annotations

from dataclasses import dataclass, field

from vlm_detector.codecs.answer_lexer import NUMBER, Token, tokens
from vlm_detector.codecs.box_candidate import BoxCandidate, ReadAnswer

_LABEL_KEYS = ('label', 'name', 'category', 'class', 'class_name', 'category_name', 'object')
_BOX_KEYS = ('coordinates', 'coords', 'xyxy', 'rect', 'location', 'position')
_CORNER_NAMES = (
    ('x_min', 'xmin', 'x1', 'left'),
    ('y_min', 'ymin', 'y1', 'top'),
    ('x_max', 'xmax', 'x2', 'right'),
    ('y_max', 'ymax', 'y2', 'bottom'),
)
_CORNERS = {name: corner for corner, names in enumerate(_CORNER_NAMES) for name in names}
_WRAPPERS = ('objects', 'detections', 'predictions', 'results', 'result', 'answer', 'output')
_NO_VALUES = ('null', 'none', 'undefined')
# Deeper brackets are passed over: no answer needs them, and a hostile one has thousands.
_MAX_DEPTH = 64
_THINK = '<think>', '</think>'


def read_json_boxes(text: str) -> ReadAnswer:
    """Every box of a JSON-like text; ``strict`` is left to the caller, who knows the form.

    Understood: lists of objects, bare objects, one object per line, objects inside other
    objects, lists of numbers with or without a label in them, pairs ``(x1,y1),(x2,y2)``,
    corners by name; single quotes, missing or surplus commas, brackets and braces, code
    fences, text around; the part before ``</think>`` is not the answer. What the end of
    the text cuts is counted as ``incomplete``, never used.
    """
    start = text.rfind(_THINK[1])
    start = 0 if start < 0 else start + len(_THINK[1])
    thinking = text.find(_THINK[0], start)
    return _Collector(tokens(text if thinking < 0 else text[:thinking], start)).read()


def is_box_key(key: str) -> bool:
    """Whether the values of ``key`` are boxes, such as ``bbox_2d``, ``box`` or ``xyxy``."""
    return 'box' in key or key in _BOX_KEYS


@dataclass(slots=True)
class _Frame:
    """An open bracket, brace or the whole text."""

    kind: str  # '[', '{' or 'root'
    key: str | None = None  # lower-cased key that the frame is the value of
    key_token: Token | None = None
    first_token: int = 0
    first_candidate: int = 0
    items: list[Token] = field(default_factory=list)
    boxes: list[BoxCandidate] = field(default_factory=list)
    corners: dict[int, Token] = field(default_factory=dict)
    label: Token | None = None
    label_rank: int = len(_LABEL_KEYS)
    pending: Token | None = None  # the key whose value comes next
    has_children: bool = False
    touched: bool = False


class _Collector:
    """Walks over the tokens once; open frames are a list, so depth is no danger."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.frames = [_Frame('root')]
        self.objects = [self.frames[0]]  # frames with keys, the innermost last
        self.candidates: list[BoxCandidate] = []
        self.half: tuple[_Frame, int] | None = None  # (x1, y1) waiting for (x2, y2)
        self.saw_empty_list = False
        self.passed_over = 0  # open brackets beyond the depth limit

    def read(self) -> ReadAnswer:
        for index, token in enumerate(self.tokens):
            follows = self.tokens[index + 1].kind if index + 1 < len(self.tokens) else ''
            if token.kind in '[({' and len(self.frames) > _MAX_DEPTH:
                self.passed_over += 1
            elif token.kind in '])}' and self.passed_over:
                self.passed_over -= 1
            elif token.kind in '[(':
                self._open_list(index)
            elif token.kind == '{':
                self._open_object(index)
            elif token.kind in '])':
                self._end_list(index)
            elif token.kind == '}':
                self._end_object()
            elif token.kind == ',':
                self.frames[-1].pending = None
            elif token.kind in ('string', 'word') and follows == ':':
                self._key(token)
            elif token.kind != ':':
                self._value(token)
        self._finish()
        empty = self.saw_empty_list and not self.candidates
        return ReadAnswer(self.candidates, explicit_empty=empty)

    def _open_list(self, index: int) -> None:
        top = self.frames[-1]
        key = top.pending
        frame = _Frame('[', first_token=index, first_candidate=len(self.candidates))
        frame.key_token = key if key is not None else top.key_token if top.kind == '[' else None
        if frame.key_token is not None:
            frame.key = frame.key_token.value.strip().lower()
        top.pending, top.touched = None, True
        self.frames.append(frame)

    def _open_object(self, index: int) -> None:
        top = self.frames[-1]
        if top.kind == '{' and top.pending is None:  # '}' is missing
            self._close_object()
            top = self.frames[-1]
        frame = _Frame('{', key_token=top.pending, first_token=index)
        frame.first_candidate = len(self.candidates)
        if frame.key_token is not None:
            frame.key = frame.key_token.value.strip().lower()
        top.pending, top.has_children = None, True
        self.objects[-1].has_children = True
        self.frames.append(frame)
        self.objects.append(frame)

    def _end_list(self, index: int) -> None:
        if self.frames[-1].kind == '{':
            top = self.objects[-1]
            if not (top.boxes and top.label):
                return  # a surplus bracket
            self._close_object()
        if self.frames[-1].kind == '[':
            self._close_list(index)

    def _end_object(self) -> None:
        if len(self.objects) == 1:
            self._flush(self.objects[0])
            return
        while self.frames[-1].kind == '[':  # ']' is missing
            self._close_list(None)
        self._close_object()

    def _key(self, token: Token) -> None:
        name = token.value.strip().lower()
        while self.frames[-1].kind == '[' and self.frames[-1].items:  # ']' is missing
            self._close_list(None)
        top = self.frames[-1]
        if self.tokens[top.first_token].kind == '(':  # a remark: (note: ...)
            return
        if top.kind == '[':  # '[' stands where '{' belongs
            top.kind = '{'
            self.objects.append(top)
        if is_box_key(name) and top.boxes and top.label is not None:  # '}, {' is missing
            self._flush(top)
        top.pending, top.touched = token, True

    def _value(self, token: Token) -> None:
        top = self.frames[-1]
        top.touched = True
        if top.kind == '[':
            top.items.append(token)
            return
        if top.pending is None:
            self._extend_words(top, token)
            return
        name = top.pending.value.strip().lower()
        if name in _CORNERS:
            top.corners[_CORNERS[name]] = token
        elif name in _LABEL_KEYS and token.value.lower() not in _NO_VALUES:
            rank = _LABEL_KEYS.index(name)
            if token.closed and rank < top.label_rank:
                top.label, top.label_rank = token, rank
        elif is_box_key(name):
            self._box_in_a_string(top, token)
        top.pending = None

    def _extend_words(self, top: _Frame, token: Token) -> None:
        """An unquoted label of several words: ``label: traffic light``."""
        label = top.label
        if (
            label is not None
            and label.kind == 'word'
            and token.kind == 'word'
            and (token.start - label.end <= 1)
        ):
            top.label = Token('word', label.start, token.end, f'{label.value} {token.value}')

    def _box_in_a_string(self, top: _Frame, token: Token) -> None:
        """A box written as a string, ``"bbox_2d": "1, 2, 3, 4"``, or no box at all."""
        if token.kind != 'string':
            self._add(top, BoxCandidate(problem='not_a_number'))
            return
        if not token.closed:
            return
        inner = [
            Token(part.kind, part.start + token.start, part.end + token.start, part.value)
            for part in tokens(token.value)
            if part.kind in ('number', 'word', 'string')
        ]
        self._add(top, box_of_items(inner))

    def _close_list(self, index: int | None) -> None:
        frame = self.frames.pop()
        owner = self.objects[-1]
        named = frame.key is not None and is_box_key(frame.key)
        numbers = [item for item in frame.items if _number(item) is not None]
        if len(numbers) == 2 and len(frame.items) == 2:
            self._pair(frame, index)
        elif numbers or (named and frame.items):
            self._list_of_numbers(frame, named)
        elif not frame.items and not frame.touched:
            if named and owner.kind == '{':
                self._add(owner, BoxCandidate(problem='wrong_arity'))
            self.saw_empty_list = True
        else:
            self._label_for_children(frame)

    def _list_of_numbers(self, frame: _Frame, named: bool) -> None:
        owner = self.objects[-1]
        if named:
            self._add(owner, box_of_items(frame.items))
            return
        labels = [i for i in frame.items if i.kind == 'string' and _number(i) is None]
        candidate = box_of_items(
            [i for i in frame.items if i.kind != 'string' or _number(i) is not None]
        )
        if labels:
            _set_label(candidate, labels[0])
        elif frame.key_token is not None:  # {"cat": [1, 2, 3, 4]}
            if candidate.problem is not None and owner.kind == '{':
                return  # some other list of numbers, such as an image size
            _set_label(candidate, frame.key_token)
            candidate.label_is_guess = owner.kind == 'root' or frame.key in _WRAPPERS
        elif candidate.problem is not None and self.tokens[frame.first_token].kind == '(':
            return  # a remark in brackets
        owner.has_children = True
        self.candidates.append(candidate)

    def _pair(self, frame: _Frame, index: int | None) -> None:
        """Two numbers: the second corner of a waiting pair, or a pair that waits."""
        waiting, self.half = self.half, None
        if waiting is not None and frame.first_token - waiting[1] <= 2:
            joined = waiting[0]
            joined.items = joined.items + frame.items
            named = joined.key is not None and is_box_key(joined.key)
            self._list_of_numbers(joined, named)
            self._mark_parent()
            return
        self._drop_half(waiting)
        if index is not None:
            self.half = frame, index
            self._mark_parent()

    def _mark_parent(self) -> None:
        self.frames[-1].has_children = True

    def _drop_half(self, waiting: tuple[_Frame, int] | None) -> None:
        """Count a pair that stayed alone, unless its key says that it is no box."""
        if waiting is not None:
            frame = waiting[0]
            if frame.key is None or is_box_key(frame.key):
                self.candidates.append(BoxCandidate(problem='wrong_arity'))

    def _label_for_children(self, frame: _Frame) -> None:
        """``["cat", [1, 2, 3, 4]]``: the only text of a list names the boxes in it."""
        texts = [item for item in frame.items if item.kind == 'string']
        if len(texts) == 1:
            for candidate in self.candidates[frame.first_candidate :]:
                if candidate.label is None:
                    _set_label(candidate, texts[0])

    def _add(self, owner: _Frame, candidate: BoxCandidate) -> None:
        owner.boxes.append(candidate)

    def _close_object(self) -> None:
        frame = self.frames.pop()
        self.objects.pop()
        parent = self.objects[-1]
        if frame.corners and frame.label is None and frame.key and is_box_key(frame.key):
            self._add(parent, _corner_candidate(frame.corners))
            frame.corners = {}
        self._flush(frame)

    def _flush(self, frame: _Frame) -> None:
        """Hand over the boxes of an object; the frame starts a new one."""
        if frame.corners:
            self._add(frame, _corner_candidate(frame.corners))
        if not frame.boxes and frame.label is not None and not frame.has_children:
            self._add(frame, BoxCandidate(problem='wrong_arity'))
        label = frame.key_token if frame.label is None else frame.label
        for candidate in frame.boxes:
            if candidate.label is None and label is not None:
                _set_label(candidate, label)
                candidate.label_is_guess = frame.label is None
        self.candidates.extend(frame.boxes)
        frame.boxes, frame.corners, frame.label = [], {}, None
        frame.label_rank = len(_LABEL_KEYS)

    def _finish(self) -> None:
        """The end of the text: complete objects are kept, one counter for what it cut."""
        cut = False
        while len(self.frames) > 1:
            frame = self.frames[-1]
            if frame.kind == '[':
                cut = cut or any(item.kind != 'word' for item in frame.items)
                self.frames.pop()
                continue
            complete = (frame.boxes or len(frame.corners) == 4) and not cut
            if complete and frame.label is not None and frame.pending is None:
                self._close_object()
                continue
            cut = cut or bool(frame.touched and not frame.has_children)
            self.frames.pop()
            self.objects.pop()
        if not cut:
            self._drop_half(self.half)
        else:
            self.candidates.append(BoxCandidate(problem='incomplete'))
        self._flush(self.frames[0])


def _number(token: Token) -> float | None:
    """The number that a token is; a string may hold one."""
    if token.kind == 'number':
        return float(token.value)
    if token.kind == 'string' and token.closed and NUMBER.fullmatch(token.value.strip()):
        return float(token.value)
    return None


def box_of_items(items: list[Token]) -> BoxCandidate:
    """A box of exactly four numbers, or what is wrong with it."""
    values = [_number(item) for item in items]
    if len(items) != 4:
        return BoxCandidate(problem='wrong_arity')
    if None in values:
        return BoxCandidate(problem='not_a_number')
    return BoxCandidate(tuple(values), tuple((item.start, item.end) for item in items))


def _corner_candidate(corners: dict[int, Token]) -> BoxCandidate:
    return box_of_items([corners[corner] for corner in sorted(corners)])


def _set_label(candidate: BoxCandidate, token: Token) -> None:
    candidate.label = token.value
    candidate.label_span = (token.start, token.end)

"""The answer form of Qwen2.5-VL and Qwen3-VL: a JSON list of ``bbox_2d`` and ``label``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from vlm_detector.codecs.answer_parsing import read_json_boxes
from vlm_detector.codecs.box_candidate import ReadAnswer
from vlm_detector.codecs.box_codec import BoxCodec


class BboxJsonCodec(BoxCodec):
    """Writes ``[{"bbox_2d":[x1,y1,x2,y2],"label":"name"},...]``; ``[]`` says "no object".

    Args:
        compact: without spaces; otherwise with those that Qwen's models write. Reading
            takes both.
        order, other_class: see ``BoxCodec``.
    """

    answer_form: ClassVar[str] = 'bbox_2d'

    def __init__(
        self, compact: bool = True, order: str = 'raster', *, other_class: str | None = None
    ) -> None:
        super().__init__(order, other_class=other_class)
        self.compact = compact

    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """The JSON list; see the class."""
        objects = [
            {'bbox_2d': box, 'label': name} for box, name in zip(units.tolist(), names, strict=True)
        ]
        return dump_json(objects, compact=self.compact)

    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """The boxes of a JSON-like text; strict if it is exactly the list of the class."""
        answer = read_json_boxes(text)
        content = load_json(text)
        answer.strict = isinstance(content, list) and all(map(_is_object, content))
        return answer


def dump_json(value: Any, *, compact: bool) -> str:
    """JSON on one line with letters of every script as themselves."""
    separators = (',', ':') if compact else (', ', ': ')
    return json.dumps(value, ensure_ascii=False, separators=separators)


def load_json(text: str) -> Any:
    """The content of a valid JSON text, whole numbers as ``int``, else None.

    Numbers of absurd length, a key that occurs twice and very deep nesting make it
    invalid here.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError
    return content


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_object(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and set(item) == {'bbox_2d', 'label'}
        and isinstance(item['label'], str)
        and isinstance(item['bbox_2d'], list)
        and len(item['bbox_2d']) == 4
        and all(type(value) is int for value in item['bbox_2d'])
    )

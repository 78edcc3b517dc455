"""Box codec with named corners as fractions of the image."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from mmengine.registry import TASK_UTILS

from vl_runtime.errors import InputValueError
from vlm_detector.codecs.answer_parsing import read_json_boxes
from vlm_detector.codecs.bbox_json import load_json
from vlm_detector.codecs.box_candidate import ReadAnswer
from vlm_detector.codecs.box_codec import BoxCodec, SizeWH

_CORNERS = ('x_min', 'y_min', 'x_max', 'y_max')
_DIGITS = 4


@TASK_UTILS.register_module()
class NormJsonCodec(BoxCodec):
    """``{"x_min":0.1000,"y_min":0.2000,"x_max":0.5000,"y_max":0.7000,"label":"name"}``.

    Fractions of the image, 0..1, four decimals, rounded: error at most W/20000 pixels.
    With a single class there is no ``label``, and a single box of it stands without a
    list; otherwise the answer is a list, ``[]`` for no object.

    Args:
        key_order: ``corners`` (x_min, y_min, x_max, y_max, label) or ``alphabetical``
            (label, x_max, x_min, y_max, y_min). The model learns the order, so it is part
            of the format.
        compact: without spaces. Reading takes both.
        order, other_class: see ``BoxCodec``.

    Raises:
        InputValueError: unknown ``key_order``.
    """

    name: ClassVar[str] = 'norm_json'
    answer_form: ClassVar[str] = 'named_corners'
    unit: ClassVar[float] = 10.0**-_DIGITS

    def __init__(
        self,
        key_order: str = 'corners',
        compact: bool = True,
        *,
        order: str = 'raster',
        other_class: str | None = None,
    ) -> None:
        super().__init__(order, other_class=other_class)
        if key_order not in ('corners', 'alphabetical'):
            raise InputValueError(
                f"NormJsonCodec: expected key_order 'corners' or 'alphabetical', found "
                f'{key_order!r}.'
            )
        self.key_order = key_order
        self.compact = compact

    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """Ten thousand units on either side, whatever the sizes."""
        return 10**_DIGITS, 10**_DIGITS

    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """One object per box; see the class for when there is a list and a label."""
        objects = [
            self._object(box, name if num_classes > 1 else None)
            for box, name in zip((units * self.unit).tolist(), names, strict=True)
        ]
        if len(objects) == 1 and num_classes == 1:
            return objects[0]
        return '[' + (',' if self.compact else ', ').join(objects) + ']'

    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """The boxes of a JSON-like text; strict if it is what the class writes."""
        answer = read_json_boxes(text)
        content = load_json(text)
        objects = [content] if isinstance(content, dict) else content
        answer.strict = isinstance(objects, list) and all(map(_is_object, objects))
        return answer

    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""
        keys = sorted(_CORNERS) if self.key_order == 'alphabetical' else _CORNERS
        return f'JSON with the keys {", ".join(keys)} as fractions of the image from 0 to 1'

    def _object(self, box: list[float], name: str | None) -> str:
        members = {key: f'{value:.{_DIGITS}f}' for key, value in zip(_CORNERS, box)}
        if name is not None:
            members['label'] = json.dumps(name, ensure_ascii=False)
        keys = sorted(members) if self.key_order == 'alphabetical' else list(members)
        comma, colon = (',', ':') if self.compact else (', ', ': ')
        return '{' + comma.join(f'"{key}"{colon}{members[key]}' for key in keys) + '}'


def _is_object(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and set(item) - {'label'} == set(_CORNERS)
        and isinstance(item.get('label', ''), str)
        and all(type(item[key]) in (int, float) for key in _CORNERS)
    )

"""What one picture shows and what a model found in it: the unit of every report."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vl_runtime.boxes import box_iou, xyxy_to_xywh
from vl_runtime.metrics.matched_ious import matched_ious
from vl_runtime.normalized_text import normalized


@dataclass(frozen=True)
class ImageResult:
    """A picture with n predicted boxes and m annotated objects; boxes are xyxy in its pixels.

    Attributes:
        key: of the picture; with the task where a picture is asked more than once.
        path: of the file.
        size_wh: in pixels.
        boxes: (n, 4); scores: (n,), 0..1; labels: (n,).
        true_boxes: (m, 4); true_labels: (m,); true_areas: (m,), square pixels;
        true_crowds: (m,) bool.
        texts: what labels count through where it is not the classes of the data set.
        task: what was asked.
        answer: the text that a model generated, None of models that write none.
        expected: the text that was expected, None where boxes are.
        status: how the answer could be read; None without answer.
        truncated: the answer hit its limit.
        counters: what was repaired or dropped in reading it.
    """

    key: str
    path: str
    size_wh: tuple[int, int]
    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    true_boxes: np.ndarray
    true_labels: np.ndarray
    true_areas: np.ndarray
    true_crowds: np.ndarray
    texts: tuple[str, ...] | None = None
    task: str = 'detection'
    answer: str | None = None
    expected: str | None = None
    status: str | None = None
    truncated: bool = False
    counters: Mapping[str, int] = field(default_factory=dict)

    @functools.cached_property
    def _matched(self) -> tuple[np.ndarray, np.ndarray]:
        objects = [
            {'bbox': box, 'category_id': label}
            for box, label in zip(
                xyxy_to_xywh(self.true_boxes[~self.true_crowds]),
                self.true_labels[~self.true_crowds],
                strict=True,
            )
        ]
        return matched_ious(self.boxes, self.scores, self.labels, objects)

    @property
    def ious(self) -> np.ndarray:
        """(objects without crowds,) IoU of each with its answer, see ``matched_ious``."""
        return self._matched[0]

    @property
    def answered(self) -> np.ndarray:
        """(objects without crowds,) bool: it has an answer."""
        return self._matched[1]

    @property
    def quality(self) -> float | None:
        """Mean IoU of the objects; None without any."""
        return float(self.ious.mean()) if len(self.ious) else None

    @property
    def as_expected(self) -> bool | None:
        """Whether the answer in words is the expected one, normalised; None where boxes are."""
        if self.expected is None:
            return None
        return normalized(self.answer or '') == normalized(self.expected)

    @functools.cached_property
    def box_ious(self) -> np.ndarray:
        """(n,) IoU of each predicted box with the nearest object of its label, 0 without one."""
        same = self.labels[:, None] == self.true_labels[None, :]
        return (box_iou(self.boxes, self.true_boxes) * same).max(axis=1, initial=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; boxes and scores as the shortest decimals of their float32."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ('boxes', 'scores', 'true_boxes', 'true_areas'):
            values[name] = _decimals(values[name])
        for name in ('labels', 'true_labels'):
            values[name] = values[name].tolist()
        values['true_crowds'] = [int(crowd) for crowd in self.true_crowds]
        values['size_wh'] = list(self.size_wh)
        values['texts'] = None if self.texts is None else list(self.texts)
        values['counters'] = dict(self.counters)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ImageResult:
        """The inverse of ``to_dict``."""
        read = dict(values)
        for name in ('boxes', 'true_boxes'):
            read[name] = np.asarray(read[name], float).reshape(-1, 4)
        for name in ('scores', 'true_areas'):
            read[name] = np.asarray(read[name], float)
        for name in ('labels', 'true_labels'):
            read[name] = np.asarray(read[name], int)
        read['true_crowds'] = np.asarray(read['true_crowds'], bool)
        read['size_wh'] = tuple(read['size_wh'])
        read['texts'] = None if read['texts'] is None else tuple(read['texts'])
        return cls(**read)


def _decimals(values: np.ndarray) -> list:
    flat = [float(str(value)) for value in np.asarray(values, np.float32).ravel()]
    return flat if values.ndim == 1 else [flat[k : k + 4] for k in range(0, len(flat), 4)]

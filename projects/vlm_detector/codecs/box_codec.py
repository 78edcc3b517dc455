"""Boxes as text and back: what all codecs share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from vl_runtime.boxes import clip_xyxy
from vl_runtime.errors import InputValueError
from vlm_detector.codecs.box_candidate import ReadAnswer
from vlm_detector.codecs.box_policy import BoxPolicy
from vlm_detector.codecs.encoded_answer import EncodedAnswer
from vlm_detector.codecs.label_matching import label_matcher
from vlm_detector.codecs.object_order import check_order, object_order
from vlm_detector.codecs.parsed_boxes import ParsedBoxes

SizeWH = tuple[int, int]


class BoxCodec(ABC):
    """Writes the boxes of a picture as an answer text and reads such a text.

    A codec has no state besides its options; the same text always gives the same boxes.
    Coordinates are whole units: ``units`` of them along each side of the picture. A
    rounding codec writes the nearest unit border (error at most half a unit), a binned
    one the unit that a coordinate lies in, read as its centre (the same error).

    Frames: ``image`` is the picture of the conversation, boxes are xyxy float64 pixels of
    it; ``model_size_wh`` is its size after the model's own resize. Sizes are (W, H).

    A subclass defines ``name``, ``answer_form``, ``units_wh``, ``write``, ``read``,
    ``format_hint`` and, where they differ, the other class attributes.

    Args:
        order: in which order objects are written, see ``object_order``.
        other_class: class name that boxes with an unknown label are read as; None drops
            them. Both are counted.

    Raises:
        InputValueError: unknown order.
    """

    name: ClassVar[str]
    # Codecs of one form write alike and may mean different coordinates by it.
    answer_form: ClassVar[str]
    special_tokens: ClassVar[tuple[str, ...]] = ()
    binned: ClassVar[bool] = False
    # One unit as it is written: 1 for whole numbers.
    unit: ClassVar[float] = 1.0

    def __init__(self, order: str = 'raster', *, other_class: str | None = None) -> None:
        self.order = check_order(order, type(self).__name__)
        self.other_class = other_class

    @abstractmethod
    def units_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """How many units the picture is wide and high."""

    @abstractmethod
    def write(self, units: np.ndarray, names: Sequence[str], num_classes: int) -> str:
        """The text of boxes (n, 4) int64 xyxy in units, with one class name each."""

    @abstractmethod
    def read(self, text: str, truncated: bool) -> ReadAnswer:
        """The boxes of a text as they are written, whatever their values."""

    @abstractmethod
    def format_hint(self) -> str:
        """How to write the answer, in words for a prompt."""

    def check_label(self, name: str) -> None:
        """Raise when a class name can't be told from the rest of the answer.

        Raises:
            InputValueError: as said, or the name is blank.
        """
        if not name.strip():
            raise InputValueError(
                f'codec {self.name!r}: expected a class name with letters, found {name!r}; '
                'name the class in the class texts.'
            )

    def largest_unit_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """The largest x and y that are written, in units."""
        width, height = self.units_wh(image_size_wh, model_size_wh)
        return (width - 1, height - 1) if self.binned else (width, height)

    def readable_unit_wh(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """The largest x and y that are read without clipping, in units."""
        return self.largest_unit_wh(image_size_wh, model_size_wh)

    def coordinate_range(self, *, image_size_wh: SizeWH, model_size_wh: SizeWH) -> tuple[int, int]:
        """The largest x and y value that may be written; the smallest is 0."""
        width, height = self.largest_unit_wh(image_size_wh, model_size_wh)
        return round(width * self.unit), round(height * self.unit)

    def encode(
        self,
        boxes_xyxy: np.ndarray,
        labels: Sequence[int],
        class_names: Sequence[str],
        *,
        image_size_wh: SizeWH,
        model_size_wh: SizeWH,
        rng: np.random.Generator | None = None,
    ) -> str:
        """The answer text of boxes (n, 4); see ``encode_objects`` for what is left out."""
        return self.encode_objects(
            boxes_xyxy,
            labels,
            class_names,
            image_size_wh=image_size_wh,
            model_size_wh=model_size_wh,
            rng=rng,
        ).text

    def encode_objects(
        self,
        boxes_xyxy: np.ndarray,
        labels: Sequence[int],
        class_names: Sequence[str],
        *,
        image_size_wh: SizeWH,
        model_size_wh: SizeWH,
        rng: np.random.Generator | None = None,
    ) -> EncodedAnswer:
        """The answer text of boxes (n, 4), which of them it holds, and what was changed.

        Boxes are cut to the image; those without area or without overlap are left out. A
        box whose sides fall on one coordinate is widened by one unit, so that every
        written box has an area. No box gives the codec's empty answer.

        Args:
            labels: (n,) indices into ``class_names``.
            rng: for ``order='random'``; numpy's seeded global generator if None.

        Raises:
            InputValueError: a box isn't finite, a label is no class, a class name can't
                be written, a size isn't positive.
        """
        boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
        labels = np.asarray(labels, np.int64).reshape(-1)
        self._check_objects(boxes, labels, len(class_names))
        self._check_sizes(image_size_wh, model_size_wh)
        clipped = clip_xyxy(boxes, *image_size_wh)
        has_area = (boxes[:, 2:] > boxes[:, :2]).all(1)
        inside = (clipped[:, 2:] > clipped[:, :2]).all(1)
        chosen = np.flatnonzero(inside)
        chosen = chosen[object_order(clipped[chosen], labels[chosen], self.order, rng)]
        units, widened = self.to_units(
            clipped[chosen], image_size_wh=image_size_wh, model_size_wh=model_size_wh
        )
        names = [class_names[label] for label in labels[chosen]]
        for name in dict.fromkeys(names):
            self.check_label(name)
        return EncodedAnswer(
            text=self.write(units, names, len(class_names)),
            indices=chosen,
            counters={
                'outside': int((has_area & ~inside).sum()),
                'empty': int((~has_area).sum()),
                'clipped': int((boxes[chosen] != clipped[chosen]).any(1).sum()),
                'widened': int(widened.sum()),
            },
        )

    def decode(
        self,
        text: str,
        class_names: Sequence[str],
        *,
        image_size_wh: SizeWH,
        model_size_wh: SizeWH,
        truncated: bool = False,
        max_boxes: int | None = None,
    ) -> ParsedBoxes:
        """The boxes of an answer text; any text is accepted and never raises.

        Args:
            truncated: generation stopped at its limit, not at an end token.
            max_boxes: further boxes are dropped (and counted).

        Raises:
            InputValueError: a size isn't positive, or ``other_class`` is no class.
        """
        self._check_sizes(image_size_wh, model_size_wh)
        classes = tuple(class_names)
        width, height = self.readable_unit_wh(image_size_wh, model_size_wh)
        policy = BoxPolicy(
            limits_wh=(width * self.unit, height * self.unit),
            to_pixels=lambda values: self.to_pixels(
                values / self.unit, image_size_wh=image_size_wh, model_size_wh=model_size_wh
            ),
            matcher=label_matcher(classes),
            num_classes=len(classes),
            other=self._other_index(classes),
            max_boxes=max_boxes,
        )
        return policy.apply(self.read(text, truncated), truncated=truncated)

    def to_units(
        self, boxes_xyxy: np.ndarray, *, image_size_wh: SizeWH, model_size_wh: SizeWH
    ) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) inside the image as int64 units with an area, and which were widened."""
        size = np.array([*image_size_wh, *image_size_wh], np.float64)
        per_side = self.units_wh(image_size_wh, model_size_wh)
        scaled = boxes_xyxy / size * np.array([*per_side, *per_side])
        limit = np.array(self.largest_unit_wh(image_size_wh, model_size_wh), np.int64)
        units = (np.floor(scaled) if self.binned else np.rint(scaled)).astype(np.int64)
        low, high = np.minimum(units[:, :2], limit), np.minimum(units[:, 2:], limit)
        collapsed = high <= low
        # Widen to the side on which most of the box lies, and never over the border.
        middle = (scaled[:, :2] + scaled[:, 2:]) / 2
        upwards = (middle >= low + 0.5 * self.binned) & (low < limit) | (low == 0)
        low = np.where(collapsed & ~upwards, low - 1, low)
        high = np.where(collapsed, low + 1, high)
        return np.concatenate([low, high], 1), collapsed.any(1)

    def to_pixels(
        self, units: np.ndarray, *, image_size_wh: SizeWH, model_size_wh: SizeWH
    ) -> np.ndarray:
        """Boxes (n, 4) in units as xyxy float64 pixels inside the image."""
        size = np.array([*image_size_wh, *image_size_wh], np.float64)
        per_side = self.units_wh(image_size_wh, model_size_wh)
        pixels = (units + 0.5 * self.binned) / np.array([*per_side, *per_side]) * size
        return np.clip(pixels, 0.0, size)

    def _other_index(self, classes: tuple[str, ...]) -> int | None:
        if self.other_class is None:
            return None
        if self.other_class not in classes:
            raise InputValueError(
                f'codec {self.name!r}: other_class {self.other_class!r} is no class of '
                f'{list(classes[:5])}; name one of them, or None to drop unknown labels.'
            )
        return classes.index(self.other_class)

    def _check_sizes(self, image_size_wh: SizeWH, model_size_wh: SizeWH) -> None:
        for what, size in (('image', image_size_wh), ('model', model_size_wh)):
            if min(size) < 1:
                raise InputValueError(
                    f'codec {self.name!r}: expected an {what} size of at least 1 x 1, found '
                    f'{tuple(size)}.'
                )

    def _check_objects(self, boxes: np.ndarray, labels: np.ndarray, num_classes: int) -> None:
        if len(boxes) != len(labels):
            raise InputValueError(
                f'codec {self.name!r}: expected one label per box, found {len(boxes)} boxes and '
                f'{len(labels)} labels.'
            )
        for index in np.flatnonzero(~np.isfinite(boxes).all(1))[:1]:
            raise InputValueError(
                f'codec {self.name!r}: box {index} is {boxes[index].tolist()}, expected four '
                'finite numbers.'
            )
        for index in np.flatnonzero((labels < 0) | (labels >= num_classes))[:1]:
            raise InputValueError(
                f'codec {self.name!r}: box {index} has label {labels[index]}, expected '
                f'0..{num_classes - 1}, one per class.'
            )

"""Boxes of a detector of the toolkit, alone or with saliency where it finds nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from composed_retrieval.boxes.box_file import PictureBoxes
from composed_retrieval.boxes.box_selection import BoxSelection
from composed_retrieval.boxes.saliency_boxes import SaliencyBoxes
from vl_runtime.inference import Predictor
from vl_runtime.prediction import Prediction

_MOST_BOXES = 100  # asked of the detector, before areas and overlaps are looked at


class DetectorBoxes:
    """Boxes of any detector that ``vl_runtime.inference`` runs.

    Args:
        predictor: looks for its own classes unless ``find`` gets texts.
        selection: which boxes are kept.
        batch_size: pictures that go through the network together.
    """

    def __init__(
        self, predictor: Predictor, selection: BoxSelection, *, batch_size: int = 8
    ) -> None:
        self.selection = selection
        self._predictor = predictor
        self._options = {
            'score_threshold': selection.score_threshold,
            'max_boxes': min(_MOST_BOXES, predictor.most_boxes or _MOST_BOXES),
            'batch_size': batch_size,
        }
        predictor.check_arguments(**self._options)

    def require_usable(self, name: str, image: np.ndarray) -> None:
        """Raise InputValueError for a picture too elongated for the detector's input."""
        self._predictor.require_usable(name, image)

    def find(
        self, images: Sequence[np.ndarray], texts: Sequence[str] | None = None
    ) -> list[PictureBoxes]:
        """The boxes of each image (H, W, 3) uint8 BGR; of these texts, if there are any."""
        found = self._predictor.predict(list(images), texts or None, **self._options)
        return [self._selected(prediction) for prediction in found]

    def _selected(self, prediction: Prediction) -> PictureBoxes:
        boxes = prediction.boxes_xyxy / np.tile(prediction.size_wh, 2)
        return self.selection.select(boxes, prediction.scores, prediction.names)


class HybridBoxes:
    """The detector's boxes; those of saliency for a picture in which it finds none.

    A fallback, not a union.
    """

    def __init__(self, detector: DetectorBoxes, saliency: SaliencyBoxes) -> None:
        self._detector = detector
        self._saliency = saliency

    def require_usable(self, name: str, image: np.ndarray) -> None:
        """As the detector."""
        self._detector.require_usable(name, image)

    def find(
        self, images: Sequence[np.ndarray], texts: Sequence[str] | None = None
    ) -> list[PictureBoxes]:
        """The boxes of each image (H, W, 3) uint8 BGR."""
        found = self._detector.find(images, texts)
        return [
            boxes if len(boxes.boxes) else self._saliency.find([image])[0]
            for boxes, image in zip(found, images, strict=True)
        ]

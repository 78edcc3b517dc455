"""What the detection tab does, without a page: phrases and a picture in, results out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.prediction import Prediction, below_the_threshold
from vl_runtime.web.page_service import PageService
from vl_runtime.web.phrases import parse_phrases
from vl_runtime.web.shown_result import ShownResult, counted, drawn, rows_of


class DetectionService(PageService):
    """Detects in one picture at a time, for any number of visitors.

    A vocabulary belongs to the detector, so calls wait for each other.

    Args:
        predictor: detector and pipeline.
        exporter: ``exporter(detector, path)`` writes an ONNX file with the detector's
            present vocabulary; None when there is nothing to export with.
    """

    def __init__(
        self, predictor: Predictor, exporter: Callable[[Any, Path], Any] | None = None
    ) -> None:
        super().__init__(predictor)
        self._exporter = exporter if self.takes_phrases else None

    @property
    def takes_phrases(self) -> bool:
        """Whether the detector finds any phrase, or a fixed list."""
        return hasattr(self._predictor.model, 'set_vocabulary')

    @property
    def can_export(self) -> bool:
        """Whether an ONNX file can be made."""
        return self._exporter is not None

    @property
    def texts(self) -> tuple[str, ...]:
        """The classes of the recipe, or the fixed list."""
        return self._predictor.texts

    def detect(
        self,
        image: np.ndarray | None,
        phrases: str,
        *,
        score_threshold: float = 0.3,
        nms_threshold: float = 0.7,
        max_boxes: int = 100,
        background: bool = False,
    ) -> ShownResult:
        """Find the phrases in a picture.

        Args:
            image: (H, W, 3) uint8 RGB; None when there is none yet.
            phrases: separated by commas or line breaks.
            score_threshold: least score of a box.
            nms_threshold: of two boxes that overlap more (intersection over union), whatever
                their phrases, the better one stays.
            max_boxes: the best ones.
            background: see ``Predictor.stream``.

        Raises:
            InputValueError: no picture, no phrase, a phrase twice, or numbers out of range.
        """
        picture = self._picture(image)
        if not 0 <= nms_threshold <= 1:
            raise InputValueError(f'NMS threshold: expected 0 to 1, found {nms_threshold}.')
        texts = self._texts_of(phrases)
        with self._lock:
            self._predictor.check_arguments(score_threshold, max_boxes, 1)
            (found,) = self._predictor.predict(
                picture,
                texts,
                score_threshold=score_threshold,
                max_boxes=self.most_boxes,
                background=background and self.takes_phrases,
            )
        found = found.without_overlaps(nms_threshold).best(int(max_boxes))
        settings = {
            'score_threshold': score_threshold,
            'nms_threshold': nms_threshold,
            'max_boxes': int(max_boxes),
            'background': background,
        }
        return ShownResult(
            drawn(found, picture),
            rows_of(found),
            self._files.write_coco(found, picture, {'texts': list(found.texts), **settings}),
            _summary(found, score_threshold),
        )

    def export(self, phrases: str, background: bool = False) -> Path:
        """An ONNX file that finds these phrases without a text encoder.

        Raises:
            InputValueError: as ``detect``, or nothing to export with.
        """
        if self._exporter is None:
            raise InputValueError('This detector can not be exported from here.')
        texts = self._texts_of(phrases)
        with self._lock:
            self._predictor.set_vocabulary(texts, background=background)
            try:
                path = self._files.new_folder() / 'detector.onnx'
                self._exporter(self._predictor.model, path)
            finally:
                self._predictor.set_vocabulary(None)
        return path

    def _texts_of(self, phrases: str) -> list[str] | None:
        return parse_phrases(phrases) if self.takes_phrases else None


def _summary(found: Prediction, score_threshold: float) -> str:
    if not len(found):
        return (
            f'No box has a score of {score_threshold:g} or more; '
            f'{below_the_threshold(found.best_score)}. Lower the score '
            'threshold, or use other words.'
        )
    return counted(found)

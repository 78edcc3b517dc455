"""What the detection tab does, without a page: phrases and a picture in, results out."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vl_runtime.atomic_files import write_json
from vl_runtime.errors import InputValueError
from vl_runtime.inference import Predictor
from vl_runtime.prediction import Prediction, below_the_threshold
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.vocabulary import Vocabulary

COLUMNS = ('phrase', 'score', 'x1', 'y1', 'x2', 'y2')
_DEFAULT_LIMIT = 300  # boxes, where the model has no limit of its own
_KEPT_RUNS = 50  # result folders; the page has copied older files long ago


@dataclass(frozen=True)
class DetectionResult:
    """What the page shows of one run.

    Attributes:
        picture: (H, W, 3) uint8 RGB, with boxes.
        rows: one list for each box, in the order of ``COLUMNS``; pixels of the picture.
        json_path: the file with the boxes.
        summary: one sentence.
    """

    picture: np.ndarray
    rows: list[list[Any]]
    json_path: Path
    summary: str


class DetectionService:
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
        self._predictor = predictor
        self._exporter = exporter if self.takes_phrases else None
        self._lock = threading.Lock()
        self._files = tempfile.TemporaryDirectory(prefix='mmground-page-')
        self._runs = 0

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

    @property
    def most_boxes(self) -> int:
        """The largest number of boxes that can be asked for."""
        return self._predictor.most_boxes or _DEFAULT_LIMIT

    def detect(
        self,
        image: np.ndarray | None,
        phrases: str,
        *,
        score_threshold: float = 0.3,
        nms_threshold: float = 0.7,
        max_boxes: int = 100,
        background: bool = False,
    ) -> DetectionResult:
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
        if image is None:
            raise InputValueError('There is no picture yet: upload one on the left.')
        if not 0 <= nms_threshold <= 1:
            raise InputValueError(f'NMS threshold: expected 0 to 1, found {nms_threshold}.')
        texts = self._texts_of(phrases)
        picture = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        with self._lock:
            self._predictor.check_arguments(score_threshold, max_boxes, 1)
            (found,) = self._predictor.predict(
                picture,
                texts,
                score_threshold=score_threshold,
                max_boxes=self.most_boxes,
                background=background and self.takes_phrases,
            )
            folder = self._run_folder()
        found = found.without_overlaps(nms_threshold).best(int(max_boxes))
        json_path = folder / 'detections.json'
        settings = {
            'score_threshold': score_threshold,
            'nms_threshold': nms_threshold,
            'max_boxes': int(max_boxes),
            'background': background,
        }
        content = {**found.to_dict(), 'image': 'upload', 'texts': list(found.texts)}
        write_json(json_path, {**content, **settings}, indent=1)
        drawn = cv2.cvtColor(PredictionWriter.draw(found, picture), cv2.COLOR_BGR2RGB)
        return DetectionResult(drawn, _rows(found), json_path, _summary(found, score_threshold))

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
                path = self._run_folder() / 'detector.onnx'
                self._exporter(self._predictor.model, path)
            finally:
                self._predictor.set_vocabulary(None)
        return path

    def _texts_of(self, phrases: str) -> list[str] | None:
        return parse_phrases(phrases) if self.takes_phrases else None

    def _run_folder(self) -> Path:
        """A new folder for the files of one run; that of a run long ago is removed."""
        root = Path(self._files.name)
        self._runs += 1
        shutil.rmtree(root / str(self._runs - _KEPT_RUNS), ignore_errors=True)
        folder = root / str(self._runs)
        folder.mkdir(parents=True)
        return folder


def parse_phrases(phrases: str) -> list[str]:
    """``'red star, dog\\ncat'`` as a list.

    Raises:
        InputValueError: there is none, or one is there twice.
    """
    names = [' '.join(part.split()) for part in re.split(r'[,\n;]', phrases or '')]
    names = [name for name in names if name]
    if not names:
        raise InputValueError(
            'There is no phrase: write what to look for, separated by commas or line breaks.'
        )
    return list(Vocabulary.from_names(names, source='Phrases').names)


def _rows(found: Prediction) -> list[list[Any]]:
    corners = np.round(found.boxes_xyxy.astype(float), 1).tolist()
    scores = np.round(found.scores.astype(float), 3).tolist()
    return [
        [name, score, *box] for name, score, box in zip(found.names, scores, corners, strict=True)
    ]


def _summary(found: Prediction, score_threshold: float) -> str:
    if not len(found):
        return (
            f'No box has a score of {score_threshold:g} or more; '
            f'{below_the_threshold(found.best_score)}. Lower the score '
            'threshold, or use other words.'
        )
    counts = {name: found.names.count(name) for name in dict.fromkeys(found.names)}
    boxes = 'box' if len(found) == 1 else 'boxes'
    return f'{len(found)} {boxes}: ' + ', '.join(f'{name} {n}' for name, n in counts.items())

"""What the page shows of one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vl_runtime.prediction import Prediction
from vl_runtime.prediction_writer import PredictionWriter
from vl_runtime.written_answer import WrittenAnswer

COLUMNS = ('phrase', 'score', 'x1', 'y1', 'x2', 'y2')


@dataclass(frozen=True)
class ShownResult:
    """One picture's result.

    Attributes:
        picture: (H, W, 3) uint8 RGB, with boxes; None where the result is words alone.
        rows: one list for each box, in the order of ``COLUMNS``; pixels of the picture.
        json_path: a COCO data set of this picture, with scores.
        summary: one sentence.
        answer: of a model that answers in words.
    """

    picture: np.ndarray | None
    rows: list[list[Any]]
    json_path: Path
    summary: str
    answer: WrittenAnswer | None = None


def drawn(found: Prediction, picture: np.ndarray) -> np.ndarray:
    """The picture (BGR) with its boxes, RGB."""
    return cv2.cvtColor(PredictionWriter.draw(found, picture), cv2.COLOR_BGR2RGB)


def rows_of(found: Prediction) -> list[list[Any]]:
    """The rows of the table."""
    corners = np.round(found.boxes_xyxy.astype(float), 1).tolist()
    scores = np.round(found.scores.astype(float), 3).tolist()
    return [
        [name, score, *box]
        for name, score, box in zip(found.shown_names, scores, corners, strict=True)
    ]


def counted(found: Prediction) -> str:
    """``2 boxes: dog 1, cat 1``."""
    counts = {name: found.shown_names.count(name) for name in dict.fromkeys(found.shown_names)}
    boxes = 'box' if len(found) == 1 else 'boxes'
    return f'{len(found)} {boxes}: ' + ', '.join(f'{name} {n}' for name, n in counts.items())

"""What a detector found in one image."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """Boxes of one image, best score first (n boxes).

    Attributes:
        image: path of the file, or ``array <index>``.
        size_wh: of the image, in pixels.
        boxes_xyxy: (n, 4) float32, pixels of the original image.
        scores: (n,) float32, 0..1.
        labels: (n,) int64, indices into ``texts``.
        texts: the vocabulary that was looked for.
    """

    image: str
    size_wh: tuple[int, int]
    boxes_xyxy: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def names(self) -> list[str]:
        """The text of each box (``class 7`` where a model has a class without a name)."""
        return [
            self.texts[label] if label < len(self.texts) else f'class {label}'
            for label in self.labels.tolist()
        ]

    def with_texts(self, texts: Collection[str]) -> Prediction:
        """The boxes of these texts; the vocabulary, and so the labels, stay as they are."""
        return self._where(np.array([name in texts for name in self.names], dtype=bool))

    def above(self, score_threshold: float) -> Prediction:
        """The boxes with at least this score."""
        return self._where(self.scores >= score_threshold)

    def _where(self, keep: np.ndarray) -> Prediction:
        return Prediction(
            self.image,
            self.size_wh,
            self.boxes_xyxy[keep],
            self.scores[keep],
            self.labels[keep],
            self.texts,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: image, width, height and a list of boxes."""
        rows = zip(
            self.boxes_xyxy.tolist(),
            self.scores.tolist(),
            self.labels.tolist(),
            self.names,
            strict=True,
        )
        return {
            'image': self.image,
            'width': self.size_wh[0],
            'height': self.size_wh[1],
            'boxes': [
                {'box_xyxy': box, 'score': score, 'label': label, 'text': text}
                for box, score, label, text in rows
            ],
        }

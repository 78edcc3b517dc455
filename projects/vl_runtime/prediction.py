"""What a detector found in one image."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vl_runtime.boxes import box_iou
from vl_runtime.compat import optional
from vl_runtime.mask_rle import masks_to_rle
from vl_runtime.written_answer import WrittenAnswer


def below_the_threshold(best_score: float) -> str:
    """What there was when nothing reached the score threshold, in words.

    Args:
        best_score: of all boxes; 0 when the detector itself kept none.
    """
    if best_score > 0:
        return f'the best one has {best_score:.2g}'
    return 'there is none at any score'


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
        masks: (n, H, W) bool, the pixels of each object, from a detector that predicts
            them; else None.
        best_score: of all boxes of the image, also of those that a threshold left out; 0
            when there was no box.
        answer: what a model that answers in words wrote; else None.
        captions: what such a model wrote about each box in words of its own, where it was
            asked to; else None.
    """

    image: str
    size_wh: tuple[int, int]
    boxes_xyxy: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    texts: tuple[str, ...]
    masks: np.ndarray | None = None
    best_score: float = 0.0
    answer: WrittenAnswer | None = None
    captions: tuple[str, ...] | None = None

    @classmethod
    def from_instances(
        cls,
        found: Any,
        *,
        image: str,
        size_wh: tuple[int, int],
        texts: tuple[str, ...],
        score_threshold: float = 0.0,
        max_boxes: int | None = None,
        answer: WrittenAnswer | None = None,
    ) -> Prediction:
        """The best boxes of what a detector put into ``pred_instances``.

        Args:
            found: ``bboxes`` (n, 4), ``scores`` (n,), ``labels`` (n,) and, from some
                detectors, ``masks`` (n, H, W), tensors on any device; ``captions``, n strings.
            image, size_wh, texts: see the class.
            score_threshold: boxes with a lower score are left out.
            max_boxes: at most this many boxes; None for all.
            answer: see the class.
        """
        scores = found.scores.float().cpu().numpy()
        order = np.argsort(-scores, kind='stable')
        order = order[scores[order] >= score_threshold][:max_boxes]
        boxes = getattr(found.bboxes, 'tensor', found.bboxes)
        masks = None
        if 'masks' in found:  # large: chosen before they leave the device
            masks = found.masks[order].bool().cpu().numpy()
        return cls(
            image,
            size_wh,
            boxes.float().cpu().numpy()[order].reshape(-1, 4),
            scores[order],
            found.labels.cpu().numpy()[order].astype(np.int64),
            texts,
            masks,
            float(scores.max(initial=0.0)),
            answer,
            tuple(found.captions[i] for i in order) if 'captions' in found else None,
        )

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def names(self) -> list[str]:
        """The text of each box (``class 7`` where a model has a class without a name)."""
        return [
            self.texts[label] if label < len(self.texts) else f'class {label}'
            for label in self.labels.tolist()
        ]

    @property
    def shown_names(self) -> list[str]:
        """What a person reads beside each box: its caption, else its text."""
        return self.names if self.captions is None else list(self.captions)

    def with_texts(self, texts: Collection[str]) -> Prediction:
        """The boxes of these texts; the vocabulary, and so the labels, stay as they are."""
        return self._where(np.array([name in texts for name in self.names], dtype=bool))

    def above(self, score_threshold: float) -> Prediction:
        """The boxes with at least this score."""
        return self._where(self.scores >= score_threshold)

    def best(self, max_boxes: int) -> Prediction:
        """At most this many boxes, those with the best scores."""
        return self._where(np.arange(len(self)) < max_boxes)

    def without_overlaps(self, max_iou: float) -> Prediction:
        """The boxes that overlap no better one, whatever its text, by more than ``max_iou``.

        The detector has removed overlapping boxes of the same text already; this leaves one
        box where two phrases name the same object.
        """
        overlaps = box_iou(self.boxes_xyxy, self.boxes_xyxy)
        keep = np.ones(len(self), dtype=bool)
        for index in range(len(self)):
            if keep[index]:
                keep[index + 1 :] &= overlaps[index, index + 1 :] <= max_iou
        return self._where(keep)

    def _where(self, keep: np.ndarray) -> Prediction:
        return replace(
            self,
            boxes_xyxy=self.boxes_xyxy[keep],
            scores=self.scores[keep],
            labels=self.labels[keep],
            masks=None if self.masks is None else self.masks[keep],
            captions=self.captions
            and tuple(text for text, kept in zip(self.captions, keep, strict=True) if kept),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: image, width, height and a list of boxes.

        Of a model that answers in words there are its ``answer`` and how that was read, and a
        ``caption`` of each box if it wrote any. Each box has a ``mask``, COCO's compressed run
        lengths, where there are masks.
        """
        boxes = [
            {'box_xyxy': box, 'score': score, 'label': label, 'text': text}
            for box, score, label, text in zip(
                self.boxes_xyxy.tolist(),
                self.scores.tolist(),
                self.labels.tolist(),
                self.names,
                strict=True,
            )
        ]
        if self.masks is not None:
            for box, rle in zip(boxes, masks_to_rle(self.masks), strict=True):
                box['mask'] = rle
        for box, caption in zip(boxes, self.captions or ()):
            box['caption'] = caption
        width, height = self.size_wh
        answer = {} if self.answer is None else self.answer.to_dict()
        return {'image': self.image, 'width': width, 'height': height, 'boxes': boxes, **answer}

    def to_supervision(self) -> Any:
        """The boxes as ``supervision.Detections``, for its trackers, zones and annotators.

        ``class_id`` holds the labels and ``data['class_name']`` the texts.

        Raises:
            InputValueError: the package supervision is not installed.
        """
        supervision = optional.require(
            'supervision', 'Prediction.to_supervision', "pip install 'mmground[ui]'"
        )
        return supervision.Detections(
            xyxy=self.boxes_xyxy,
            mask=self.masks,
            confidence=self.scores,
            class_id=self.labels,
            data={'class_name': np.array(self.names, dtype=str)},
        )

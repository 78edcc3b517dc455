"""One generated answer beside what was expected, as a record and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vl_runtime.boxes import box_iou
from vl_runtime.image_files import read_image
from vl_runtime.normalized_text import normalized
from vl_runtime.visualization import draw_boxes

if TYPE_CHECKING:
    from mmdet.structures import DetDataSample

_RED, _GREEN = 0, 1  # numbers of colours in vl_runtime.visualization


@dataclass(frozen=True)
class AnswerSample:
    """A picture's answer. Boxes are xyxy in pixels of the original picture.

    Attributes:
        img_path: of the picture.
        prompts: what was asked.
        answer: the generated text.
        status: how well it could be read, see ``ParsedBoxes``.
        truncated: it hit its limit.
        quality: 0..1, the mean over objects of the IoU with the best box of the same label,
            where superfluous boxes count as missed objects; -1 if nothing could be read. Of an
            answer in words 1 or 0: it is the expected one or not.
        predicted: dicts of ``bbox``, ``label`` (words), ``score`` and ``iou`` (with the best
            object of the same label).
        expected: dicts of ``bbox`` and ``label``.
        task: what was asked.
        expected_answer: where it is in words.
    """

    img_path: str
    prompts: tuple[str, ...]
    answer: str
    status: str
    truncated: bool
    quality: float
    predicted: tuple[Mapping[str, Any], ...]
    expected: tuple[Mapping[str, Any], ...]
    task: str = 'detection'
    expected_answer: str | None = None

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 BGR: expected boxes green, predicted ones red with score and IoU."""
        names = [item['label'] for item in self.expected]
        names += [
            f'{item["label"]} {item["score"]:.2f} IoU {item["iou"]:.2f}' for item in self.predicted
        ]
        boxes = np.array([item['bbox'] for item in (*self.expected, *self.predicted)])
        colours = [_GREEN] * len(self.expected) + [_RED] * len(self.predicted)
        return draw_boxes(read_image(self.img_path), boxes, names, labels=colours)


def answer_sample(sample: DetDataSample) -> AnswerSample:
    """Of a data sample that a ``VLMDetector`` has filled and that holds ``gt_instances``."""
    meta = sample.metainfo
    texts = [text if isinstance(text, str) else text[0] for text in meta.get('texts', ())]
    found = sample.pred_instances
    boxes, labels = _arrays(found.bboxes, found.labels)
    truth = sample.get('gt_instances', None)
    wanted, wanted_labels = np.zeros((0, 4)), np.zeros(0, dtype=np.int64)
    if truth is not None:
        wanted, wanted_labels = _arrays(truth.bboxes, truth.labels)
        wanted = wanted / np.tile(np.asarray(meta.get('scale_factor', (1.0, 1.0)), float), 2)
    overlap = box_iou(boxes, wanted) * (labels[:, None] == wanted_labels[None, :])
    status = sample.get('parse_status', 'ok')
    scores = found.scores.tolist()
    best = overlap.max(axis=1, initial=0).tolist()
    words = meta.get('gt_answer')
    quality = -1.0 if status == 'fail' else _quality(overlap)
    if words is not None:
        quality = float(normalized(sample.get('answer', '')) == normalized(words))
    return AnswerSample(
        img_path=str(meta.get('img_path')),
        prompts=tuple(meta.get('prompts', ())),
        answer=sample.get('answer', ''),
        status=status,
        truncated=bool(sample.get('truncated', False)),
        quality=quality,
        task=meta.get('task') or 'detection',
        expected_answer=words,
        predicted=tuple(
            {'bbox': box, 'label': _name(texts, label), 'score': score, 'iou': iou}
            for box, label, score, iou in zip(boxes.tolist(), labels.tolist(), scores, best)
        ),
        expected=tuple(
            {'bbox': box, 'label': _name(texts, label)}
            for box, label in zip(wanted.tolist(), wanted_labels.tolist())
        ),
    )


def _quality(overlap: np.ndarray) -> float:
    """Of (predicted, expected) IoUs; 1 where nothing was expected and nothing predicted."""
    most = max(overlap.shape)
    return float(overlap.max(axis=0, initial=0).sum() / most) if most else 1.0


def _arrays(boxes: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    boxes = getattr(boxes, 'tensor', boxes)
    boxes = boxes.detach().cpu().numpy() if hasattr(boxes, 'detach') else np.asarray(boxes)
    labels = labels.detach().cpu().numpy() if hasattr(labels, 'detach') else np.asarray(labels)
    return boxes.reshape(-1, 4).astype(np.float64), labels.astype(np.int64)


def _name(texts: Sequence[str], label: int) -> str:
    return texts[label] if label < len(texts) else f'class {label}'

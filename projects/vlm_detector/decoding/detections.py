"""Answers as detections in the pixels of the original picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from vl_runtime.dense_detections import to_original_picture
from vlm_detector.codecs import ParsedBoxes
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.requests import ImageRequests
from vlm_detector.decoding.scores import box_scores, break_ties

if TYPE_CHECKING:
    from mmdet.structures import DetDataSample

    from vlm_detector.codecs import BoxCodec


@dataclass(frozen=True)
class ReadAnswer:
    """All answers about one picture, read and joined.

    Shapes: n boxes.

    Attributes:
        boxes_xyxy: (n, 4) float64, pixels of the picture that the model saw.
        labels: (n,) int64, into all class names of the picture.
        scores: (n,) float64, 0..1.
        texts: the answers, one per prompt.
        captions: what the answer calls each box, n strings ('' for nothing).
        status: as in ``ParsedBoxes``; of several answers the worst, but ``recovered`` where
            some were read and others failed.
        finished: per answer whether its end token came; else it hit its limit.
        counters: sums over the answers.
    """

    boxes_xyxy: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    texts: tuple[str, ...]
    captions: tuple[str, ...]
    status: str
    finished: tuple[bool, ...]
    counters: Mapping[str, int]


def read_answers(
    requests: ImageRequests,
    answers: Sequence[GeneratedAnswer],
    codec: BoxCodec,
    *,
    score: str,
    key: object,
    max_boxes: int | None = None,
) -> ReadAnswer:
    """Parse and score the answers to the requests about one picture.

    Args:
        requests: what was asked.
        answers: one per request.
        score: a method of ``box_scores``.
        key: names the picture, for ``break_ties``.
        max_boxes: further boxes of an answer are dropped and counted.
    """
    parsed = [
        codec.decode(
            answer.text,
            request.class_names,
            image_size_wh=request.image.image_size_wh,
            model_size_wh=request.image.model_size_wh,
            truncated=not answer.finished,
            max_boxes=max_boxes,
        )
        for request, answer in zip(requests.requests, answers, strict=True)
    ]
    scores = np.concatenate(
        [box_scores(answer, boxes, score) for answer, boxes in zip(answers, parsed, strict=True)]
    )
    labels = [
        np.asarray(indices, dtype=np.int64)[boxes.labels]
        for indices, boxes in zip(requests.class_indices, parsed, strict=True)
    ]
    return ReadAnswer(
        boxes_xyxy=np.concatenate([boxes.boxes_xyxy for boxes in parsed]).reshape(-1, 4),
        labels=np.concatenate(labels),
        scores=break_ties(scores, key, score),
        texts=tuple(answer.text for answer in answers),
        captions=_captions(answers, parsed),
        status=joined_status([boxes.status for boxes in parsed]),
        finished=tuple(answer.finished for answer in answers),
        counters=dict(sum((_counter(boxes) for boxes in parsed), _Counts())),
    )


def add_detections(
    sample: DetDataSample, read: ReadAnswer, *, free_words: bool = False
) -> DetDataSample:
    """Put an answer into the data sample of its picture.

    Adds ``pred_instances`` (``bboxes`` (n, 4) xyxy float32 in ORIGINAL pixels, ``scores`` (n,)
    float32, ``labels`` (n,) int64), best first, and the fields ``answers`` (the texts),
    ``answer`` (the same, joined by line breaks), ``finished`` (of each), ``parse_status``,
    ``truncated`` (some answer hit its limit) and ``counters``.

    Args:
        free_words: boxes may be called anything; ``pred_instances.captions`` says what.
    """
    order = np.argsort(-read.scores, kind='stable')
    found = InstanceData(
        bboxes=torch.from_numpy(read.boxes_xyxy[order]),
        scores=torch.from_numpy(read.scores[order]).float(),
        labels=torch.from_numpy(read.labels[order]),
    )
    found.bboxes = to_original(found.bboxes, sample.metainfo).float()
    if free_words:
        found.captions = [read.captions[index] for index in order]
    sample.pred_instances = found
    sample.answers = read.texts
    sample.answer = '\n'.join(read.texts)
    sample.finished = read.finished
    sample.parse_status = read.status
    sample.truncated = not all(read.finished)
    sample.counters = dict(read.counters)
    return sample


def _captions(answers: Sequence[GeneratedAnswer], parsed: Sequence[ParsedBoxes]) -> tuple[str, ...]:
    return tuple(
        answer.text[slice(*span.label)] if span.label else ''
        for answer, boxes in zip(answers, parsed, strict=True)
        for span in boxes.spans
    )


class _Counts(Counter):
    """A counter whose sums keep the zeros."""

    def __add__(self, other: Mapping[str, int]) -> _Counts:
        return _Counts({name: self[name] + other[name] for name in {**self, **other}})


def _counter(boxes: ParsedBoxes) -> _Counts:
    return _Counts(dict(boxes.counters))


def to_original(boxes: Tensor, meta: Mapping) -> Tensor:
    """Boxes (n, 4) xyxy of the picture that the model saw, in pixels of the file."""
    found = InstanceData(bboxes=_without_flip(boxes, meta))
    return to_original_picture(found, meta).bboxes


def joined_status(statuses: Sequence[str]) -> str:
    """The worst of several answers, but 'recovered' where some could be read."""
    if len(set(statuses)) == 1:
        return statuses[0]
    if 'fail' in statuses or 'recovered' in statuses:
        return 'recovered'
    return 'ok'


def _without_flip(boxes: Tensor, meta: Mapping) -> Tensor:
    """Take a flip, the last geometric step, off the boxes."""
    if not meta.get('flip'):
        return boxes
    height, width = meta['img_shape'][:2]
    direction = meta.get('flip_direction') or 'horizontal'
    x1, y1, x2, y2 = boxes.unbind(-1)
    if direction in ('horizontal', 'diagonal'):
        x1, x2 = width - x2, width - x1
    if direction in ('vertical', 'diagonal'):
        y1, y2 = height - y2, height - y1
    return torch.stack([x1, y1, x2, y2], dim=-1)

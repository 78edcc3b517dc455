"""Answers that are no boxes: words, and outlines as masks in the pixels of the original picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from mmengine.structures import InstanceData

from vlm_detector.codecs import require_polygons
from vlm_detector.codecs.outlines import filled
from vlm_detector.decoding.detections import joined_status, to_original
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.requests import ImageRequests

if TYPE_CHECKING:
    from mmdet.structures import DetDataSample

    from vlm_detector.codecs import BoxCodec


def add_words(sample: DetDataSample, answers: Sequence[GeneratedAnswer]) -> DetDataSample:
    """Put an answer in words into the data sample.

    Adds the fields of ``add_detections``; ``pred_instances`` is empty, ``parse_status`` is 'ok',
    or 'empty_ok' for no words at all.
    """
    sample.pred_instances = _instances(np.zeros((0, 4)), np.zeros(0), np.zeros(0))
    status = 'ok' if any(answer.text.strip() for answer in answers) else 'empty_ok'
    return _add_answers(sample, answers, status, {})


def add_outlines(
    sample: DetDataSample,
    requests: ImageRequests,
    answers: Sequence[GeneratedAnswer],
    codec: BoxCodec,
) -> DetDataSample:
    """Put outlines into the data sample, one request for each text.

    Adds the fields of ``add_detections``; ``pred_instances`` has ``masks`` too, (n, H, W) bool
    in ORIGINAL pixels; its boxes are those around the outlines. A score is the geometric mean
    of the probabilities of the object's tokens.
    """
    height, width = sample.metainfo['ori_shape'][:2]
    writer = require_polygons(codec.name)
    boxes, masks, scores, labels = [], [], [], []
    statuses, counters = [], Counter()
    for request, indices, answer in zip(
        requests.requests, requests.class_indices, answers, strict=True
    ):
        parsed = writer.decode(
            answer.text,
            image_size_wh=request.image.image_size_wh,
            truncated=not answer.finished,
        )
        statuses.append(parsed.status)
        counters.update(parsed.counters)
        for parts, span in zip(parsed.objects, parsed.spans, strict=True):
            parts = [_in_original(part, sample.metainfo) for part in parts]
            points = np.concatenate(parts)
            boxes.append([*points.min(0), *points.max(0)])
            masks.append(filled(parts, (width, height)))
            scores.append(_score(answer, span))
            labels.append(indices[0])
    order = np.argsort(-np.array(scores), kind='stable').astype(int)
    found = _instances(
        np.array(boxes).reshape(-1, 4)[order],
        np.array(scores)[order],
        np.array(labels)[order],
    )
    shown = np.array(masks, bool).reshape(-1, height, width)[order]
    found.masks = torch.from_numpy(shown)
    sample.pred_instances = found
    return _add_answers(sample, answers, joined_status(statuses), dict(counters))


def _instances(boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray) -> InstanceData:
    return InstanceData(
        bboxes=torch.from_numpy(boxes).float(),
        scores=torch.from_numpy(scores).float(),
        labels=torch.from_numpy(labels).long(),
    )


def _in_original(points: np.ndarray, meta: Mapping) -> np.ndarray:
    """(m, 2) as boxes without area, so that flips, padding and scale are those of boxes."""
    moved = to_original(torch.from_numpy(np.concatenate([points, points], 1)), meta)
    return moved[:, :2].numpy()


def _score(answer: GeneratedAnswer, span: tuple[int, int]) -> float:
    if not answer.has_logprobs:
        return 1.0
    inside = [
        token
        for token, (start, end) in enumerate(answer.token_spans)
        if start < span[1] and span[0] < end
    ]
    return float(np.exp(answer.logprobs[inside].mean()))


def _add_answers(
    sample: DetDataSample,
    answers: Sequence[GeneratedAnswer],
    status: str,
    counters: Mapping[str, int],
) -> DetDataSample:
    sample.answers = tuple(answer.text for answer in answers)
    sample.answer = '\n'.join(sample.answers)
    sample.finished = tuple(answer.finished for answer in answers)
    sample.parse_status = status
    sample.truncated = not all(sample.finished)
    sample.counters = dict(counters)
    return sample

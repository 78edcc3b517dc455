"""Boxes and texts of an image as a question and its answer."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.prompt_library import TASKS, PromptLibrary
from vlm_detector.datasets.transforms.answer_budget import longest_fitting_answer
from vlm_detector.datasets.transforms.codec_self_check import CodecSelfCheck
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.family_codec import codec_for

_LEAST_TOKENS = 16  # one box with a short label


@TRANSFORMS.register_module()
class BuildConversation(BaseTransform):
    """Choose a task and write its prompt and its answer.

    ``detection`` asks for all texts, ``grounding`` for one of them: one that the image shows
    if there is one. An image without objects gets the empty answer. Comes after the geometric
    transforms and after LoadText or RandomLoadText, so that boxes and texts are the final ones.

    Required keys: ``img``, ``gt_bboxes``, ``gt_bboxes_labels``, ``texts`` (strings);
    ``gt_ignore_flags`` if crowds are marked (they are not written).
    Added keys: ``conversation`` (``prompt``, ``answer``, ``coordinate_spans``: characters of
    the answer that are coordinates), ``prompt``, ``task``, ``model_size_wh``,
    ``num_objects_left_out``.
    Changed keys: ``texts``, the boxes and their labels for ``grounding``: the phrase alone.

    Args:
        encoder: ``family``, ``source`` and pixel limits, as for ``cached_encoder``.
        codec: of ``codec_for``; by default the family's.
        prompts: arguments of ``PromptLibrary``.
        tasks: task -> weight; how often it is drawn.
        max_answer_tokens: with the end token. Objects that don't fit are left out as a whole,
            the smallest first; this is counted and warned of once a process.
        min_round_trip_iou: least mean IoU of the first boxes with themselves after encode and
            decode; less stops the training.

    Raises:
        InputKeyError: an unknown task, or a key is missing.
        InputValueError: weights or a limit that can't be used, a label whose text gives no
            token, or a codec that does not fit the family or the boxes.
    """

    def __init__(
        self,
        encoder: Mapping[str, Any],
        codec: dict | None = None,
        *,
        prompts: Mapping[str, Any] | None = None,
        tasks: Mapping[str, float] | None = None,
        max_answer_tokens: int = 1024,
        min_round_trip_iou: float = 0.9,
    ) -> None:
        self.encoder = cached_encoder(**encoder)
        self.codec = codec_for(self.encoder, codec)
        self.prompts = PromptLibrary(**(prompts or {}), family=self.encoder.family.name)
        self.tasks = _checked_weights(tasks or {'detection': 1.0})
        if max_answer_tokens < _LEAST_TOKENS:
            raise InputValueError(
                f'max_answer_tokens: expected at least {_LEAST_TOKENS} (one object), found '
                f'{max_answer_tokens}.'
            )
        self.max_answer_tokens = max_answer_tokens
        self.num_left_out = 0
        self._self_check = CodecSelfCheck(self.codec, self.encoder.family, min_round_trip_iou)

    def transform(self, results: dict) -> dict:
        """Add the conversation."""
        texts = _texts(results)
        boxes, labels = _objects(results)
        (task,) = random.choices(list(self.tasks), weights=list(self.tasks.values()))
        phrase = ''
        if task == 'grounding':
            chosen = _phrase_index(texts, labels)
            phrase = texts[chosen]
            self._keep_only(results, chosen)
            texts, (boxes, labels) = [phrase], _objects(results)
        self._check_labels(texts, labels, results)
        size_wh = (int(results['img'].shape[1]), int(results['img'].shape[0]))
        model_size_wh = self._model_size(size_wh, results)
        frame = {'image_size_wh': size_wh, 'model_size_wh': model_size_wh}
        self._self_check.look(boxes, size_wh, model_size_wh)
        rng = np.random.default_rng(np.random.randint(2**31))

        def write(kept: np.ndarray) -> str:
            return self.codec.encode(boxes[kept], labels[kept], texts, rng=rng, **frame)

        answer, kept = longest_fitting_answer(_areas(boxes), write, self._fits)
        self._count(len(boxes) - len(kept), results)
        prompt = self.prompts.for_task(task).render(
            classes=texts, phrase=phrase, format_hint=self.codec.format_hint()
        )
        spans = self.codec.decode(answer, texts, **frame).spans
        results['conversation'] = {
            'prompt': prompt,
            'answer': answer,
            'coordinate_spans': [place for span in spans for place in span.coordinates],
        }
        results.update(prompt=prompt, task=task, model_size_wh=model_size_wh, texts=texts)
        results['num_objects_left_out'] = len(boxes) - len(kept)
        return results

    def _fits(self, answer: str) -> bool:
        return len(self.encoder.answer_ids(answer)) <= self.max_answer_tokens

    def _model_size(self, size_wh: tuple[int, int], results: dict) -> tuple[int, int]:
        try:
            return self.encoder.model_size_wh(size_wh)
        except InputValueError as error:
            raise InputValueError(f'{results.get("img_path")}: {error}') from error

    def _keep_only(self, results: dict, chosen: int) -> None:
        keep = np.asarray(results['gt_bboxes_labels']) == chosen
        for key in ('gt_bboxes', 'gt_bboxes_labels', 'gt_ignore_flags', 'gt_masks'):
            if results.get(key) is not None:
                results[key] = results[key][keep]
        results['gt_bboxes_labels'] = np.zeros(int(keep.sum()), dtype=np.int64)

    def _check_labels(self, texts: Sequence[str], labels: np.ndarray, results: dict) -> None:
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(texts):
            raise InputValueError(
                f'{results.get("img_path")}: expected labels from 0 to {len(texts) - 1} '
                f'({len(texts)} texts), found {labels.min()} to {labels.max()}.'
            )
        for label in np.unique(labels):
            text = texts[label]
            if not text.strip() or not self.encoder.text_ids(text):
                raise InputValueError(
                    f'{results.get("img_path")}: the text of label {label} gives no token '
                    f'({text!r}); name the class in the annotation or the class text file.'
                )

    def _count(self, left_out: int, results: dict) -> None:
        if left_out and not self.num_left_out:
            print_log(
                f'{results.get("img_path")}: {left_out} objects (the smallest) do not fit '
                f'max_answer_tokens={self.max_answer_tokens} and are left out of the answer; '
                'raise it. Said once; num_objects_left_out of the data samples counts all.',
                logger='current',
                level=logging.WARNING,
            )
        self.num_left_out += left_out


def _checked_weights(tasks: Mapping[str, float]) -> dict[str, float]:
    for task, weight in tasks.items():
        if task not in TASKS:
            raise InputKeyError(f'tasks: expected some of {", ".join(TASKS)}, found {task!r}.')
        if weight < 0:
            raise InputValueError(f'tasks: expected weights of 0 or more, found {task}={weight}.')
    if not sum(tasks.values()):
        raise InputValueError(f'tasks: expected a weight above 0, found {dict(tasks)}.')
    return dict(tasks)


def _texts(results: dict) -> list[str]:
    for key in ('texts', 'gt_bboxes', 'gt_bboxes_labels'):
        if key not in results:
            raise InputKeyError(
                f'BuildConversation: expected {key} in the results of {results.get("img_path")}; '
                'put LoadAnnotations and LoadText or RandomLoadText before it.'
            )
    texts = list(results['texts'])
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputValueError(
                f'BuildConversation: text {index}: expected a string, found {text!r}; LoadText '
                'or RandomLoadText picks one of several synonyms.'
            )
    return texts


def _objects(results: dict) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) float64 and labels (n,) without crowds."""
    boxes = results['gt_bboxes']
    boxes = np.asarray(getattr(boxes, 'tensor', boxes), dtype=np.float64).reshape(-1, 4)
    labels = np.asarray(results['gt_bboxes_labels'], dtype=np.int64)
    ignored = results.get('gt_ignore_flags')
    keep = np.ones(len(labels), bool) if ignored is None else ~np.asarray(ignored, bool)
    return boxes[keep], labels[keep]


def _phrase_index(texts: Sequence[str], labels: np.ndarray) -> int:
    named = [index for index, text in enumerate(texts) if text.strip()]
    shown = sorted(set(labels.tolist())) or named
    if not shown:
        raise InputValueError('BuildConversation: expected a text to ask for, found none.')
    return random.choice(shown)


def _areas(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

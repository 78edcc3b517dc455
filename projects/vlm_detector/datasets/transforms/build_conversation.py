"""Boxes, outlines and texts of an image as a question and its answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.datasets.prompt_library import PromptLibrary
from vlm_detector.datasets.transforms.answer_budget import longest_fitting_answer
from vlm_detector.datasets.transforms.codec_self_check import CodecSelfCheck
from vlm_detector.datasets.transforms.outline_answer import outline_answer
from vlm_detector.families.cached_encoder import cached_encoder
from vlm_detector.families.family_codec import codec_for
from vlm_detector.tasks import task_of
from vlm_detector.tasks.annotated_objects import areas, boxes_and_labels

_LEAST_TOKENS = 16  # one box with a short label


@TRANSFORMS.register_module()
class BuildConversation(BaseTransform):
    """Write the prompt and the answer of the sample's task (``detection`` if it has none).

    An image without objects gets the empty answer. Comes after the geometric transforms, after
    LoadText or RandomLoadText and, for other tasks than detection, after ChooseTask, so that
    boxes and texts are the final ones.

    Required keys: ``img``, ``gt_bboxes``, ``gt_bboxes_labels``, ``texts`` (strings);
    ``gt_ignore_flags`` if crowds are marked (they are not written); ``gt_masks`` for outlines;
    ``gt_answer`` for an answer in words; ``region_captions`` where objects have words of their
    own.
    Added keys: ``conversation`` (``prompt``, ``answer``, ``coordinate_spans``: characters of
    the answer that are coordinates), ``prompt``, ``task``, ``model_size_wh``,
    ``num_objects_left_out``.

    Args:
        encoder: ``family``, ``source`` and pixel limits, as for ``cached_encoder``.
        codec: of ``codec_for``; by default the family's.
        prompts: arguments of ``PromptLibrary``.
        max_answer_tokens: with the end token. Objects that don't fit are left out as a whole,
            the smallest first; this is counted and warned of once a process. Outlines lose
            points first.
        min_round_trip_iou: least mean IoU of the first boxes with themselves after encode and
            decode; less stops the training.

    Raises:
        InputKeyError: an unknown task, or a key is missing.
        InputValueError: a limit that can't be used, a label whose text gives no token, an
            answer in words that doesn't fit or holds a special token, or a codec that does not
            fit the family, the task or the boxes.
    """

    def __init__(
        self,
        encoder: Mapping[str, Any],
        codec: dict | None = None,
        *,
        prompts: Mapping[str, Any] | None = None,
        max_answer_tokens: int = 1024,
        min_round_trip_iou: float = 0.9,
    ) -> None:
        self.encoder = cached_encoder(**encoder)
        self.codec = codec_for(self.encoder, codec)
        self.prompts = PromptLibrary(**(prompts or {}), family=self.encoder.family.name)
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
        task = task_of(results.get('task') or 'detection')
        size_wh = (int(results['img'].shape[1]), int(results['img'].shape[0]))
        model_size_wh = self._model_size(size_wh, results)
        frame = {'image_size_wh': size_wh, 'model_size_wh': model_size_wh}
        write = {'boxes': self._boxes, 'polygons': self._outlines, 'text': self._words}
        answer, spans, left_out = write[task.answer](results, texts, frame)
        self._count(left_out, results)
        prompt = self.prompts.for_task(task.name).render(
            classes=texts,
            phrase=texts[0] if texts else '',
            format_hint=self.codec.format_hint(),
        )
        results['conversation'] = {'prompt': prompt, 'answer': answer, 'coordinate_spans': spans}
        results.update(prompt=prompt, task=task.name, model_size_wh=model_size_wh, texts=texts)
        results['num_objects_left_out'] = left_out
        return results

    def _boxes(self, results: dict, texts: Sequence[str], frame: Mapping) -> tuple:
        boxes, labels = boxes_and_labels(results)
        if results.get('region_captions'):
            texts, labels = results['region_captions'], np.arange(len(boxes))
        self._check_labels(texts, labels, results)
        self._self_check.look(boxes, frame['image_size_wh'], frame['model_size_wh'])
        rng = np.random.default_rng(np.random.randint(2**31))

        def write(kept: np.ndarray) -> str:
            return self.codec.encode(boxes[kept], labels[kept], texts, rng=rng, **frame)

        answer, kept = longest_fitting_answer(areas(boxes), write, self._fits)
        spans = self.codec.decode(answer, texts, **frame).spans
        places = [place for span in spans for place in span.coordinates]
        return answer, places, len(boxes) - len(kept)

    def _outlines(self, results: dict, texts: Sequence[str], frame: Mapping) -> tuple:
        return outline_answer(
            results, self.codec.name, self._fits, image_size_wh=frame['image_size_wh']
        )

    def _words(self, results: dict, texts: Sequence[str], frame: Mapping) -> tuple:
        answer, path = results.get('gt_answer'), results.get('img_path')
        if not isinstance(answer, str) or not answer.strip():
            raise InputKeyError(
                f'{path}: expected gt_answer, the answer in words, found {answer!r}; put '
                'ChooseTask before BuildConversation.'
            )
        token = next((t for t in self.encoder.family.required_tokens if t in answer), None)
        if token is not None:
            raise InputValueError(
                f'{path}: the answer {answer[:60]!r} holds {token}, a special token of '
                f'{self.encoder.family.name}; change the annotation.'
            )
        if not self._fits(answer):
            raise InputValueError(
                f'{path}: expected an answer of at most {self.max_answer_tokens} tokens, found '
                f'{len(self.encoder.answer_ids(answer))}; raise max_answer_tokens.'
            )
        return answer, [], 0

    def _fits(self, answer: str) -> bool:
        return len(self.encoder.answer_ids(answer)) <= self.max_answer_tokens

    def _model_size(self, size_wh: tuple[int, int], results: dict) -> tuple[int, int]:
        try:
            return self.encoder.model_size_wh(size_wh)
        except InputValueError as error:
            raise InputValueError(f'{results.get("img_path")}: {error}') from error

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

"""Pictures in, data samples with boxes out: requests, generation, parsing, scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from torch import nn

from vlm_detector.decoding.detections import add_detections, read_answers
from vlm_detector.decoding.generated_answer import GeneratedAnswer
from vlm_detector.decoding.generation_request import GenerationRequest
from vlm_detector.decoding.other_answers import add_outlines, add_words
from vlm_detector.decoding.requests import build_requests
from vlm_detector.families.image_input import ImageInput
from vlm_detector.tasks import Task

if TYPE_CHECKING:
    from mmdet.structures import DetDataSample

    from vlm_detector.codecs import BoxCodec
    from vlm_detector.families.conversation_encoder import ConversationEncoder


class Engine(Protocol):
    """What answers requests: ``BatchedGreedyEngine``, ``NaiveEngine``, ``OpenAIEngine``."""

    def generate(
        self,
        vlm: nn.Module,
        encoder: ConversationEncoder,
        codec: BoxCodec,
        requests: Sequence[GenerationRequest],
    ) -> list[GeneratedAnswer]:
        """Answers in the order of the requests."""


def detect_boxes(
    engine: Engine,
    vlm: nn.Module,
    encoder: ConversationEncoder,
    codec: BoxCodec,
    *,
    images: Sequence[ImageInput],
    samples: Sequence[DetDataSample],
    tasks: Sequence[Task],
    class_names: Sequence[Sequence[str]],
    prompt_of: Callable[[int, Sequence[str]], str],
    score: str = 'label_coordinates',
    classes_per_prompt: int | None = None,
    max_boxes: int | None = None,
) -> list[DetDataSample]:
    """Fill each sample with what the model answers about its picture.

    Boxes: see ``add_detections``; outlines and words: see ``other_answers``.

    Args:
        images: one per sample.
        samples: with ``ori_shape``, ``scale_factor`` and, where they apply, ``pad_param``,
            ``flip`` and ``img_id``.
        tasks: per sample.
        class_names: per sample, what to look for; labels are indices into it.
        prompt_of: (which sample, class names) -> prompt.
        score: a method of ``box_scores``.
        classes_per_prompt: longer class lists are asked for in parts; None asks for all at once.
        max_boxes: further boxes of one answer are dropped and counted.
    """
    asked = [
        build_requests(
            image,
            names,
            prompt_of=lambda part, index=index: prompt_of(index, part),
            image_key=index,
            classes_per_prompt=1 if task.one_text_per_prompt else classes_per_prompt,
            answer=task.answer,
        )
        for index, (image, names, task) in enumerate(zip(images, class_names, tasks, strict=True))
    ]
    requests = [request for one in asked for request in one.requests]
    answers = iter(engine.generate(vlm, encoder, codec, requests))
    for index, (sample, one, task) in enumerate(zip(samples, asked, tasks, strict=True)):
        found = [next(answers) for _ in one.requests]
        sample.set_metainfo(
            {'task': task.name, 'prompts': tuple(request.prompt for request in one.requests)}
        )
        if task.answer == 'text':
            add_words(sample, found)
        elif task.answer == 'polygons':
            add_outlines(sample, one, found, codec)
        else:
            reader = task.codec(codec, tuple(class_names[index]))
            read = read_answers(
                one,
                found,
                reader,
                score=score,
                key=sample.metainfo.get('img_id', index),
                max_boxes=max_boxes,
            )
            add_detections(sample, read, free_words=reader is not codec)
    return list(samples)

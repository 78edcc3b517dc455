"""Which tasks a text-box detector can be asked by somebody who has a picture and words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vl_runtime.asked_task import AskedTask
from vlm_detector.codecs import writes_polygons
from vlm_detector.tasks import TASKS, Task

if TYPE_CHECKING:
    from vlm_detector.models.detectors.text_box_detector import TextBoxDetector

_TASK_TOKEN = re.compile(r'<[A-Z_]+>')


def offered_tasks(model: TextBoxDetector, first: Sequence[str] = ()) -> tuple[AskedTask, ...]:
    """The tasks that the model can answer: those of ``first``, its own, then general ones.

    Left out are outlines where the codec has none, prompts with task tokens that the family
    doesn't know, and tasks about special data that are not in ``first``.
    """
    general = (name for name, task in TASKS.items() if task.general)
    names = dict.fromkeys((*first, model.task, *general))
    return tuple(_asked(model, TASKS[name]) for name in names if _can(model, TASKS[name]))


def _can(model: TextBoxDetector, task: Task) -> bool:
    if task.answer == 'polygons' and not writes_polygons(model.codec.name):
        return False
    tokens = _TASK_TOKEN.findall(model.prompts.for_task(task.name).text)
    return set(tokens) <= model.encoder.task_tokens


def _asked(model: TextBoxDetector, task: Task) -> AskedTask:
    texts = ('each' if task.one_text_per_prompt else 'all') if task.needs_texts else 'none'
    if task.answer == 'text':
        texts = 'none'
    prompt = model.prompts.for_task(task.name).text
    return AskedTask(task.name, prompt, task.answer, texts, task.labels)

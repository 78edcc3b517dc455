"""Tasks by name."""

from __future__ import annotations

from vl_runtime.errors import InputKeyError, did_you_mean
from vlm_detector.tasks.caption import Caption
from vlm_detector.tasks.dense_region_caption import DenseRegionCaption
from vlm_detector.tasks.detection import Detection
from vlm_detector.tasks.industry import Classification, Industry
from vlm_detector.tasks.main_subject import MainSubject
from vlm_detector.tasks.phrase_grounding import PhraseGrounding
from vlm_detector.tasks.segmentation import Segmentation
from vlm_detector.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task()
    for task in (
        Detection,
        PhraseGrounding,
        MainSubject,
        DenseRegionCaption,
        Segmentation,
        Classification,
        Industry,
        Caption,
    )
}


def task_of(name: str, where: str = 'task') -> Task:
    """The task called ``name``.

    Raises:
        InputKeyError: there is none; ``where`` begins the message.
    """
    if name not in TASKS:
        raise InputKeyError(
            f'{where}: expected one of {", ".join(TASKS)}, found {name!r}.'
            + did_you_mean(str(name), TASKS)
        )
    return TASKS[name]

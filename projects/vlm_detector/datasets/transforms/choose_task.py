"""Which task a picture is asked; one annotation serves all of them."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Mapping

from mmcv.transforms import BaseTransform
from mmengine.logging import print_log
from mmengine.registry import TRANSFORMS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.tasks import task_of


@TRANSFORMS.register_module()
class ChooseTask(BaseTransform):
    """Take the task of the sample, or draw one; leave in the annotations what answers it.

    Without it every picture is asked for detection. Comes after the geometric transforms and
    after LoadText, before BuildConversation; in a test pipeline before PackConversation. What
    is drawn follows the seed of the sample, so a resumed training draws the same.

    Required keys: ``gt_bboxes``, ``gt_bboxes_labels``, ``texts``; ``task`` (of ``TaskSamples``)
    if none is drawn; ``instances``, ``gt_masks``, ``supercategories``, ``caption`` for the tasks
    that need them.
    Added keys: ``task``; ``gt_answer`` for answers in words; ``region_captions``.
    Changed keys: ``texts``, boxes, labels, masks: those of the answer.

    Args:
        tasks: task -> weight: one is drawn, of those that the picture can be asked. None takes
            the task that the data set has given.

    Raises:
        InputKeyError: an unknown task, a key is missing, or the picture can't be asked.
        InputValueError: weights that can't be used, or two sources of tasks.
    """

    def __init__(self, tasks: Mapping[str, float] | None = None) -> None:
        self.tasks = None if tasks is None else _checked_weights(tasks)
        self.num_impossible: Counter[str] = Counter()

    def transform(self, results: dict) -> dict:
        """Choose and narrow."""
        for key in ('texts', 'gt_bboxes', 'gt_bboxes_labels'):
            if key not in results:
                raise InputKeyError(
                    f'ChooseTask: expected {key} in the results of {results.get("img_path")}; '
                    'put LoadAnnotations and LoadText or RandomLoadText before it.'
                )
        name = self._given(results) if self.tasks is None else self._drawn(results)
        task_of(name).narrow(results)
        results['task'] = name
        return results

    def _given(self, results: dict) -> str:
        name = results.get('task')
        if name is None:
            raise InputKeyError(
                f'ChooseTask: expected a task for {results.get("img_path")}, found none; wrap the '
                "data set in TaskSamples, or give weights: tasks={'detection': 1.0}."
            )
        lacking = task_of(name).missing(results)
        if lacking:
            raise InputKeyError(_cannot(results, {name: lacking}))
        return name

    def _drawn(self, results: dict) -> str:
        if results.get('task') is not None:
            raise InputValueError(
                f'ChooseTask: the data set gives the task {results["task"]!r} already; leave out '
                'tasks here, or TaskSamples around the data set.'
            )
        lacking = {name: task_of(name).missing(results) for name in self.tasks}
        possible = [name for name in self.tasks if not lacking[name] and self.tasks[name]]
        if not possible:
            raise InputKeyError(_cannot(results, lacking))
        for name, lack in lacking.items():
            if lack and not self.num_impossible[name]:
                print_log(
                    f'{results.get("img_path")}: has not {lack}, so it is not asked for {name}. '
                    'Said once a task.',
                    logger='current',
                    level=logging.WARNING,
                )
            self.num_impossible[name] += bool(lack)
        (name,) = random.choices(possible, weights=[self.tasks[one] for one in possible])
        return name


def _checked_weights(tasks: Mapping[str, float]) -> dict[str, float]:
    for task, weight in tasks.items():
        task_of(task, 'ChooseTask.tasks')
        if weight < 0:
            raise InputValueError(
                f'ChooseTask.tasks: expected weights of 0 or more, found {task}={weight}.'
            )
    if not sum(tasks.values()):
        raise InputValueError(f'ChooseTask.tasks: expected a weight above 0, found {dict(tasks)}.')
    return dict(tasks)


def _cannot(results: dict, lacking: Mapping[str, str]) -> str:
    reasons = '; '.join(f'{task} needs {lack}' for task, lack in lacking.items() if lack)
    return f'{results.get("img_path")}: can be asked for none of its tasks: {reasons}.'

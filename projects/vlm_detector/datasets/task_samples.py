"""A sample for every task that a picture can be asked."""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.dataset import Compose
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from vl_runtime.errors import InputValueError
from vlm_detector.tasks import task_of
from vlm_detector.tasks.task import single_objects


@DATASETS.register_module()
class TaskSamples:
    """Repeats the pictures of another data set, once for each task; the data are not copied.

    Each entry has a ``task``, which ChooseTask obeys and TaskOrderSampler orders by. Tasks that
    ask for one phrase have a sample for each phrase that a picture shows (``phrase_label``).
    A picture that lacks what a task needs has no sample of it; how many is logged.

    Args:
        dataset: registry dict of a data set without pipeline, ``MultiModalDataset`` or another
            one with ``get_data_info`` and ``texts``.
        tasks: names, in the order of the samples of one picture.
        pipeline: transforms that every sample runs through.

    Raises:
        InputKeyError: an unknown task.
        InputValueError: no task, one that comes twice, or one without a sample.
    """

    def __init__(
        self, dataset: Mapping[str, Any], tasks: Sequence[str], *, pipeline: Sequence[dict] = ()
    ) -> None:
        for task in tasks:
            task_of(task, 'TaskSamples.tasks')
        if not tasks or len(set(tasks)) != len(tasks):
            raise InputValueError(
                f'TaskSamples.tasks: expected each task once, found {list(tasks)}.'
            )
        self.dataset = DATASETS.build(dict(dataset))
        self.tasks = tuple(tasks)
        self.pipeline = Compose(list(pipeline))
        self.test_mode = bool(getattr(self.dataset, 'test_mode', False))
        self._samples: list[tuple[int, str, int | None]] = []
        self._fully_initialized = False
        self.full_init()

    @property
    def metainfo(self) -> dict:
        """Of the inner data set."""
        return copy.deepcopy(self.dataset.metainfo)

    def full_init(self) -> None:
        """List the samples; later calls do nothing."""
        if self._fully_initialized:
            return
        lacking: dict[str, Counter[str]] = {task: Counter() for task in self.tasks}
        for index in range(len(self.dataset)):
            info = self.dataset.get_data_info(index)
            for name in self.tasks:
                self._samples += [(index, name, label) for label in _asked(info, name, lacking)]
        self._check(lacking)
        self._fully_initialized = True

    @property
    def task_names(self) -> list[str]:
        """The task of every sample."""
        return [task for _, task, _ in self._samples]

    @property
    def picture_numbers(self) -> list[int]:
        """Which picture of the inner data set every sample is about."""
        return [index for index, _, _ in self._samples]

    def get_data_info(self, idx: int) -> dict:
        """The annotation of the picture with ``task`` (and ``phrase_label``)."""
        index, task, label = self._samples[idx]
        info = self.dataset.get_data_info(index)
        info['task'] = task
        if label is not None:
            info['phrase_label'] = label
        return info

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels of the picture, for class-balanced sampling."""
        return self.dataset.get_cat_ids(self._samples[idx][0])

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, idx: int) -> Any:
        info = self.get_data_info(idx)
        where = f'{info.get("img_path")} ({info["task"]})'
        item = self.pipeline(info)
        if item is None:
            raise InputValueError(
                f'{where}: the pipeline gave nothing; a step that drops pictures does not go with '
                'TaskSamples.'
            )
        return item

    def _check(self, lacking: Mapping[str, Counter[str]]) -> None:
        counts = Counter(self.task_names)
        pictures = len(self.dataset)
        print_log(
            f'TaskSamples: {pictures} pictures, {len(self)} samples: '
            + ', '.join(f'{task} {counts[task]}' for task in self.tasks),
            logger='current',
        )
        for task in self.tasks:
            reasons = ', '.join(f'{n} without {what}' for what, n in lacking[task].items())
            if not counts[task]:
                raise InputValueError(
                    f'TaskSamples: no picture can be asked for {task}: of {pictures} pictures '
                    f'{reasons}; add that to the annotations, or leave the task out.'
                )
            if reasons:
                print_log(
                    f'TaskSamples: not asked for {task}: {reasons}.',
                    logger='current',
                    level=logging.WARNING,
                )


def _asked(
    info: Mapping[str, Any], name: str, lacking: Mapping[str, Counter[str]]
) -> Iterator[int | None]:
    """One entry for each sample of a task: the label of the phrase, or None."""
    task = task_of(name)
    lack = task.missing(info)
    if not lack and task.one_text_per_prompt:
        labels = sorted({item['bbox_label'] for item in single_objects(info)})
        yield from labels
        lack = '' if labels else 'an object'
    elif not lack:
        yield None
    if lack:
        lacking[name][lack] += 1

"""Another metric on the samples of one task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError
from vlm_detector.tasks import task_of


@METRICS.register_module()
class TaskMetric(BaseMetric):
    """Lets one task's samples through to a metric, so that one test run scores several tasks.

    Enters: ``task`` ('detection' where a sample has none) and what ``metric`` needs. The samples
    of other tasks are left out; the log says how many of which.

    Returns: what ``metric`` returns, under its own prefix.

    Args:
        task: whose samples count.
        metric: registry dict of a metric that keeps one result for each sample. Give it a
            ``prefix`` where the same metric serves two tasks.

    Raises:
        InputKeyError: an unknown task.
        InputValueError: no sample of the task came.
    """

    def __init__(
        self, task: str, metric: Mapping[str, Any], *, collect_device: str = 'cpu'
    ) -> None:
        self.task = task_of(task, 'TaskMetric').name
        self.metric: BaseMetric = METRICS.build(dict(metric))
        super().__init__(collect_device=collect_device, prefix=self.metric.prefix)

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set."""
        return self.metric.dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        self.metric.dataset_meta = dataset_meta

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep a result of the metric for each sample of the task."""
        for sample in data_samples:
            task = sample.get('task') or 'detection'
            kept = None
            if task == self.task:
                self.metric.process(data_batch, [sample])
                kept = self.metric.results.pop()
            self.results.append((task, kept))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """The metric of the task's samples."""
        kept = [result for task, result in results if task == self.task]
        others = Counter(task for task, _ in results if task != self.task)
        if not kept:
            raise InputValueError(
                f'TaskMetric: expected samples of the task {self.task}, found {dict(others)}; add '
                'the task to the test data, or leave this metric out.'
            )
        if others:
            print_log(
                f'{type(self.metric).__name__} of {self.task}: {len(kept)} samples; of other '
                'tasks, left out: '
                + ', '.join(f'{task} {count}' for task, count in sorted(others.items())),
                logger='current',
            )
        return self.metric.compute_metrics(kept)

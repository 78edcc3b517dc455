"""Turns the data samples of an evaluation into ``ImageResult``s, whatever the detector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vl_runtime.boxes import xywh_to_xyxy
from vl_runtime.metrics.data_sample_boxes import annotated_boxes, predicted_boxes
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects
from vl_runtime.reports.image_result import ImageResult

_NOTHING = {
    'bboxes': np.zeros((0, 4)),
    'scores': np.zeros(0),
    'labels': np.zeros(0, np.int64),
}


class ResultCollector:
    """Collects one result for each data sample.

    Objects come from ``ann_file`` by ``img_id`` where the task is to find all of them, else
    from the sample. A sample that expects a text (``gt_answer``) has none.

    Args:
        classes: names of the data set, in label order.
        ann_file: of the metric that scores the same data; None reads the samples.

    Attributes:
        results: in order of evaluation.
        num_dropped: predictions that were NaN or infinite and are left out.
    """

    def __init__(self, classes: Sequence[str], ann_file: str | None = None) -> None:
        self.classes = tuple(classes)
        self.results: list[ImageResult] = []
        self.num_dropped = 0
        self._of_classes = GroundTruthObjects(ann_file)
        self._of_classes.set_classes(self.classes)
        self._seen: Counter[str] = Counter()

    def add(self, sample: Mapping[str, Any]) -> None:
        """Take a sample as a dict, as metrics get it.

        Raises:
            InputValueError: as ``predicted_boxes`` and ``GroundTruthObjects.of``.
        """
        found: Mapping[str, Any] = _NOTHING
        if 'pred_instances' in sample:
            found = predicted_boxes(sample, self._num_labels(sample))
            self.num_dropped += found['num_dropped']
        task = sample.get('task') or 'detection'
        objects = self._objects(sample, task)
        height, width = sample['ori_shape'][:2]
        boxes = np.array([item['bbox'] for item in objects], float).reshape(-1, 4)
        self.results.append(
            ImageResult(
                key=self._key(sample, task),
                path=str(sample.get('img_path', '')),
                size_wh=(int(width), int(height)),
                boxes=found['bboxes'],
                scores=found['scores'],
                labels=found['labels'],
                true_boxes=xywh_to_xyxy(boxes),
                true_labels=np.array([item['category_id'] for item in objects], int),
                true_areas=np.array(
                    [o.get('area', o['bbox'][2] * o['bbox'][3]) for o in objects], float
                ),
                true_crowds=np.array([bool(item['iscrowd']) for item in objects], bool),
                texts=self._own_texts(sample),
                task=task,
                answer=sample.get('answer'),
                expected=sample.get('gt_answer'),
                status=sample.get('parse_status'),
                truncated=bool(sample.get('truncated', False)),
                counters=dict(sample.get('counters') or {}),
            )
        )

    def _objects(self, sample: Mapping[str, Any], task: str) -> list[dict[str, Any]]:
        if sample.get('gt_answer') is not None:
            return []
        if task == 'detection':
            return self._of_classes.of(sample)
        return annotated_boxes(sample, self._num_labels(sample))

    def _num_labels(self, sample: Mapping[str, Any]) -> int:
        return max(len(self.classes), len(self._own_texts(sample) or ()))

    def _key(self, sample: Mapping[str, Any], task: str) -> str:
        key = str(sample['img_id']) if task == 'detection' else f'{sample["img_id"]}/{task}'
        self._seen[key] += 1
        return key if self._seen[key] == 1 else f'{key}/{self._seen[key]}'

    def _own_texts(self, sample: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The texts of a sample, if labels count through them and they are not the classes."""
        texts = tuple(t if isinstance(t, str) else t[0] for t in sample.get('texts') or ())
        task = sample.get('task') or 'detection'
        return texts if texts and task != 'detection' else None

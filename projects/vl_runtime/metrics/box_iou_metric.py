"""How well the best answers fit: IoU, success and answer rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.registry import METRICS

from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.data_sample_boxes import predicted_boxes
from vl_runtime.metrics.evaluated_images import warn_left_out
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects
from vl_runtime.metrics.matched_ious import matched_ious


@METRICS.register_module()
class BoxIoUMetric(ClassNamingMetric):
    """Mean IoU, success and answer rate of the best-scoring boxes.

    Made for tasks with one answer (a phrase, a picture, one box) and defined for any
    number of objects. Unlike AP it needs no meaningful scores: equal scores keep the
    order of the answer.

    Matching, per sample and label with G objects: of the predictions with that label
    and a score of at least ``score_threshold``, the G best-scoring are the answers;
    further ones are not looked at. Answers and objects are paired one to one, the pair
    of largest IoU first; a pair may have IoU 0. An object that gets no answer (fewer
    answers than objects) counts with IoU 0. Objects marked as crowd are left out.

    Enters: ``pred_instances`` (``bboxes`` xyxy in original pixels, ``scores``,
    ``labels``), ``img_id``; ground truth from ``ann_file`` by ``img_id``, else from the
    sample (see ``annotated_boxes``), which also serves several phrases per picture.

    Returns (0..1, over all objects of all samples):
        ``box/mean_iou``: an object without an answer counts 0 (the headline);
        ``box/mean_iou_answered``: over objects with an answer, 0 if there are none;
        ``box/success@0.5``, ``box/success@0.75``: IoU >= threshold, over all objects;
        ``box/answer_rate``: objects with an answer;
        ``box/empty_correct``: samples without any object that got no answer; the key is
        there only if such samples exist. The first five are 0 if there is no object.

    Args:
        ann_file: COCO-style JSON in original pixels.
        score_threshold: a prediction below it is no answer. A detector that always
            answers needs one; a model that answers in words does not.

    Raises:
        InputValueError: broken file, unknown picture, label that is no class.
    """

    default_prefix = 'box'

    def __init__(
        self,
        ann_file: str | None = None,
        score_threshold: float = 0.0,
        *,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ground_truth = GroundTruthObjects(ann_file)
        self.score_threshold = score_threshold

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        self.ground_truth.set_classes(classes)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Match each sample at once; only the IoUs are kept."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            answers = predicted_boxes(sample, num_classes)
            objects = self.ground_truth.of(sample)
            kept = answers['scores'] >= self.score_threshold
            counted = [item for item in objects if not item['iscrowd']]
            ious, answered = matched_ious(
                answers['bboxes'][kept], answers['scores'][kept], answers['labels'][kept], counted
            )
            self.results.append(
                {
                    'ious': ious,
                    'answered': answered,
                    'empty': not objects,
                    'silent': not kept.any(),
                    'num_dropped': answers['num_dropped'],
                }
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over all objects; see the class for keys."""
        ious = np.concatenate([np.zeros(0), *(result['ious'] for result in results)])
        answered = np.concatenate([np.zeros(0, bool), *(result['answered'] for result in results)])
        warn_left_out(
            sum(result['num_dropped'] for result in results), 'predictions were NaN or infinite'
        )
        scores = {
            'mean_iou': _mean(ious),
            'mean_iou_answered': _mean(ious[answered]),
            'success@0.5': _mean(ious >= 0.5),
            'success@0.75': _mean(ious >= 0.75),
            'answer_rate': _mean(answered),
        }
        silent = np.array([result['silent'] for result in results if result['empty']])
        if silent.size:
            scores['empty_correct'] = _mean(silent)
        return scores


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0

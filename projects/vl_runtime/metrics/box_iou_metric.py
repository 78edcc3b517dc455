"""How well the best answers fit: IoU, success and answer rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.registry import METRICS

from vl_runtime.boxes import box_iou, xywh_to_xyxy
from vl_runtime.errors import InputValueError
from vl_runtime.metrics.annotation_file import category_ids, load_annotation_file
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.data_sample_boxes import annotated_boxes, predicted_boxes
from vl_runtime.metrics.evaluated_images import warn_left_out


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
        self.source = str(ann_file) if ann_file else 'the data samples'
        self.ground_truth = load_annotation_file(ann_file) if ann_file else None
        self.score_threshold = score_threshold
        self._by_image: dict[Any, list[dict]] | None = None

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        if self.ground_truth is not None:
            self._by_image = _annotations_by_image(self.ground_truth, classes, self.source)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Match each sample at once; only the IoUs are kept."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            answers = predicted_boxes(sample, num_classes)
            objects = self._objects(sample, num_classes)
            kept = answers['scores'] >= self.score_threshold
            counted = [item for item in objects if not item['iscrowd']]
            ious, answered = _matched_ious(
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

    def _objects(self, sample: dict, num_classes: int) -> list[dict]:
        if self._by_image is None:
            return annotated_boxes(sample, num_classes)
        if sample['img_id'] not in self._by_image:
            raise InputValueError(
                f'{self.source}: picture {sample["img_id"]!r} was evaluated, but is not among '
                f'the {len(self._by_image)} images of the file.'
            )
        return self._by_image[sample['img_id']]


def _annotations_by_image(
    ground_truth: dict[str, list[dict]], classes: list[str], source: str
) -> dict[Any, list[dict]]:
    """Annotations of known classes by picture, ``category_id`` replaced by the label."""
    ids = category_ids(ground_truth['categories'], classes, source)
    labels = {number: label for label, number in enumerate(ids) if number is not None}
    by_image: dict[Any, list[dict]] = {image['id']: [] for image in ground_truth['images']}
    for item in ground_truth['annotations']:
        if item['category_id'] in labels:
            by_image[item['image_id']].append(dict(item, category_id=labels[item['category_id']]))
    return by_image


def _matched_ious(
    boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, objects: list[dict]
) -> tuple[np.ndarray, np.ndarray]:
    """IoU (G,) of each object with its answer, and whether it has one (G,)."""
    ious, answered = np.zeros(len(objects)), np.zeros(len(objects), bool)
    object_labels = np.array([item['category_id'] for item in objects], int)
    object_boxes = xywh_to_xyxy(np.array([o['bbox'] for o in objects], float).reshape(-1, 4))
    for label in np.unique(object_labels):
        members = np.flatnonzero(object_labels == label)
        candidates = np.flatnonzero(labels == label)
        best = candidates[np.argsort(-scores[candidates], kind='stable')][: len(members)]
        overlaps = box_iou(boxes[best], object_boxes[members])
        for _ in best:
            answer, member = np.unravel_index(overlaps.argmax(), overlaps.shape)
            ious[members[member]] = overlaps[answer, member]
            answered[members[member]] = True
            overlaps[answer, :] = overlaps[:, member] = -1
    return ious, answered


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0

"""How answers in text were read, and how good their boxes are without trusting scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.registry import METRICS

from vl_runtime.boxes import box_iou, xywh_to_xyxy
from vl_runtime.errors import InputValueError
from vl_runtime.metrics import BoxIoUMetric, CocoDetectionMetric
from vl_runtime.metrics.box_pairing import pairs_by_iou
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.data_sample_boxes import predicted_boxes
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects
from vl_runtime.reports.tables import text_table
from vlm_detector.codecs import STATUSES

_STATUS_KEYS = {
    'ok': 'parse_ok',
    'recovered': 'parse_recovered',
    'fail': 'parse_fail',
    'empty_ok': 'empty_ok',
}
_IOU_THRESHOLD = 0.5
# The recall of COCO's AR@100, and no average precision: that depends on scores.
_MAX_DETS = (1, 10, 100)


@METRICS.register_module()
class AnswerStatisticsMetric(ClassNamingMetric):
    """Parse rates, counters, and box quality that needs no scores, to stand beside AP.

    Enters: ``pred_instances`` as for ``CocoDetectionMetric``; ``parse_status`` (one of
    ``ok recovered fail empty_ok``), ``truncated``, ``counters`` (numbers by name), and
    where there are: ``multi_box`` (a single-box task was answered with more) and
    ``score_method`` (how the scores were made, named in the log). Ground truth as for
    ``CocoDetectionMetric``. Every sample counts; one that can't be read has no boxes.

    Matching for precision and recall: per sample and label, boxes and objects are paired
    one to one, the pair of largest IoU first; a pair of IoU >= 0.5 is a hit. Boxes of
    which at least half lies on a crowd object count neither for nor against.

    Returns (0..1 unless said otherwise):
        ``answer/parse_ok`` ``parse_recovered`` ``parse_fail`` ``empty_ok``: shares of the
        samples, together 1; ``truncated``, ``multi_box``: shares of the samples;
        ``precision@0.5`` ``recall@0.5`` ``f1@0.5`` over all boxes; 0 where undefined;
        ``AR@100``: COCO's, over IoU 0.5..0.95 and classes; -1 without any object;
        ``mean_iou``: over all objects, those of unreadable answers count 0;
        ``mean_iou_parsed``: over the objects of samples that could be read;
        ``success@0.5`` ``success@0.75``: objects whose answer has that IoU;
        ``count/<counter>``: sums over all samples, for every counter that came.

    Args:
        ann_file: COCO-style JSON in original pixels; None reads the samples.

    Raises:
        InputValueError: a sample carries no parse status or an unknown one; broken file.
    """

    default_prefix = 'answer'

    def __init__(
        self,
        ann_file: str | None = None,
        *,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ground_truth = GroundTruthObjects(ann_file)
        self.iou_metric = BoxIoUMetric(ann_file)
        self.coco_metric = CocoDetectionMetric(ann_file, classwise=False, max_dets=_MAX_DETS)

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        self.ground_truth.set_classes(classes)
        for metric in (self.iou_metric, self.coco_metric):
            metric.dataset_meta = {'classes': classes}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep status and counters of each sample, and what its boxes are worth."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            result = _reading(sample)
            for name in ('iou_metric', 'coco_metric'):
                metric = getattr(self, name)
                metric.process(data_batch, [sample])
                result[name] = metric.results.pop()
            boxes = predicted_boxes(sample, num_classes)
            result['hits'] = _hits(boxes, self.ground_truth.of(sample))
            self.results.append(result)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Rates, sums and means over all samples; see the class for keys."""
        scores = _rates(results)
        scores.update(_precision_and_recall([result['hits'] for result in results]))
        recall = self.coco_metric.compute_metrics([result['coco_metric'] for result in results])
        scores['AR@100'] = recall[f'bbox_AR@{_MAX_DETS[-1]}']
        read = [result['iou_metric'] for result in results if result['status'] != 'fail']
        overlap = self.iou_metric.compute_metrics([result['iou_metric'] for result in results])
        scores['mean_iou'] = overlap['mean_iou']
        scores['mean_iou_parsed'] = self.iou_metric.compute_metrics(read)['mean_iou']
        scores.update({key: overlap[key] for key in ('success@0.5', 'success@0.75')})
        scores.update(_sums(results))
        _log(scores, results)
        return scores


def _reading(sample: Mapping[str, Any]) -> dict[str, Any]:
    """How the answer of a sample was read."""
    status = sample.get('parse_status')
    if status not in STATUSES:
        raise InputValueError(
            f'image {sample["img_id"]}: expected parse_status {", ".join(STATUSES)} in the data '
            f'sample, found {status!r}; AnswerStatisticsMetric is for models that answer in '
            'text, leave it out for other detectors.'
        )
    return {
        'status': status,
        'truncated': bool(sample.get('truncated', False)),
        'multi_box': bool(sample.get('multi_box', False)),
        'counters': dict(sample.get('counters') or {}),
        'score_method': sample.get('score_method'),
    }


def _hits(predictions: Mapping[str, Any], objects: list[dict]) -> tuple[int, int, int]:
    """Hits, boxes that count, objects that count."""
    boxes, labels = predictions['bboxes'], predictions['labels']
    object_boxes = xywh_to_xyxy(np.array([o['bbox'] for o in objects], float).reshape(-1, 4))
    object_labels = np.array([item['category_id'] for item in objects], int)
    crowd = np.array([bool(item['iscrowd']) for item in objects], bool)
    hit = np.zeros(len(boxes), bool)
    for label in np.unique(object_labels[~crowd]):
        mine = np.flatnonzero(labels == label)
        theirs = np.flatnonzero((object_labels == label) & ~crowd)
        for row, _, iou in pairs_by_iou(box_iou(boxes[mine], object_boxes[theirs])):
            hit[mine[row]] = iou >= _IOU_THRESHOLD
    absorbed = _share_inside(boxes, object_boxes[crowd]) >= _IOU_THRESHOLD
    absorbed &= labels[:, None] == object_labels[crowd][None, :]
    counted = hit | ~absorbed.any(1)
    return int(hit.sum()), int(counted.sum()), int((~crowd).sum())


def _share_inside(boxes_xyxy: np.ndarray, regions_xyxy: np.ndarray) -> np.ndarray:
    """(N, M) the part of each box's area that lies in each region, as COCO treats crowds."""
    low = np.maximum(boxes_xyxy[:, None, :2], regions_xyxy[None, :, :2])
    high = np.minimum(boxes_xyxy[:, None, 2:], regions_xyxy[None, :, 2:])
    area = np.prod((boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).clip(min=0), 1)
    return np.prod((high - low).clip(min=0), 2) / np.where(area > 0, area, 1.0)[:, None]


def _rates(results: list[dict]) -> dict[str, float]:
    counts = Counter(result['status'] for result in results)
    rates = {key: counts[status] / len(results) for status, key in _STATUS_KEYS.items()}
    for key in ('truncated', 'multi_box'):
        rates[key] = sum(result[key] for result in results) / len(results)
    return rates


def _precision_and_recall(hits: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    num_hits, num_boxes, num_objects = (sum(column) for column in zip(*hits))
    # F1 is the harmonic mean; written so that it is 0, not undefined, without any hit.
    return {
        'precision@0.5': num_hits / max(num_boxes, 1),
        'recall@0.5': num_hits / max(num_objects, 1),
        'f1@0.5': 2 * num_hits / max(num_boxes + num_objects, 1),
    }


def _sums(results: list[dict]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for result in results:
        sums.update(result['counters'])
    return {f'count/{name}': int(value) for name, value in sums.items()}


def _log(scores: Mapping[str, float], results: list[dict]) -> None:
    methods = sorted({str(result['score_method'] or 'not told') for result in results})
    rows = [
        (key, str(value) if isinstance(value, int) else f'{value:.3f}')
        for key, value in scores.items()
    ]
    table = text_table(('answers', 'value'), rows)
    print_log(f'\n{table}\nscores of the boxes: {", ".join(methods)}', logger='current')

"""LVIS average precision, standard and fixed, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.registry import METRICS

from vl_runtime.boxes import xyxy_to_xywh
from vl_runtime.errors import InputValueError
from vl_runtime.metrics.annotation_file import category_ids, load_annotation_file
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.data_sample_boxes import predicted_boxes
from vl_runtime.metrics.evaluated_images import results_by_image, warn_left_out
from vl_runtime.metrics.federated_average_precision import (
    DetectionColumns,
    federated_average_precision,
)
from vl_runtime.metrics.precision_table import PrecisionTable
from vl_runtime.metrics.results_file import check_format_only, write_results
from vl_runtime.metrics.segmentations import check_mask_sizes, checked_kinds
from vl_runtime.reports.tables import text_table

_FEDERATED = ('neg_category_ids', 'not_exhaustive_category_ids')
_FREQUENCIES = ('r', 'c', 'f')


@METRICS.register_module()
class LVISDetectionMetric(ClassNamingMetric):
    """LVIS AP of boxes and masks as the challenge defines it, and fixed AP beside it.

    Enters: ``pred_instances`` (``bboxes`` xyxy in original pixels, ``scores``, ``labels``
    into the data set's classes, for masks ``masks`` (N, height, width) bool in original
    pixels), ``img_id`` and ``ori_shape``.

    A class is judged in a picture only where the file says that it is present or absent
    (``neg_category_ids``); an unmatched detection of a class that is not exhaustively
    annotated there (``not_exhaustive_category_ids``) is ignored. Standard AP takes the
    ``max_per_image`` best detections of a picture over all classes, so classes compete
    for places. Fixed AP has no limit per picture and takes the ``max_per_class`` best of
    each class over the data set: it doesn't depend on how scores of different classes
    compare. The model must then give more than 300 boxes a picture to profit from it.

    The pictures that were evaluated count (minival and other subsets work with their own
    file or the full one), and the classes of the data set's vocabulary.

    Returns (0..1; -1.0, as in LVIS, where there is no object of that kind):
        ``lvis/bbox_AP`` ``bbox_AP50`` ``bbox_AP75`` ``bbox_APs`` ``bbox_APm`` ``bbox_APl``
        ``bbox_APr`` ``bbox_APc`` ``bbox_APf`` (rare, common, frequent classes; only if
        categories have ``frequency``), ``bbox_AR@300``; the same with ``bbox_fixed_``,
        ``bbox_fixed_AR`` without a number. Of masks: ``segm_`` in place of ``bbox_``.

    Args:
        ann_file: LVIS v1 JSON.
        metric: ``'bbox'``, ``'segm'`` or both; masks need ``segmentation`` in the file.
        max_per_image: limit of standard AP.
        max_per_class: limit of fixed AP.
        format_only: write the predictions, measure nothing, return {}.
        outfile_prefix: all predictions go to ``<outfile_prefix>.bbox.json`` and
            ``.segm.json``.

    Raises:
        InputValueError: the file is broken, not federated, or doesn't match the classes;
            a predicted label is no class; a picture is not in the file; masks are missing.

    Source: LVIS, arXiv:1908.03195; fixed AP, arXiv:2102.01066.
    """

    default_prefix = 'lvis'

    def __init__(
        self,
        ann_file: str,
        max_per_image: int = 300,
        *,
        metric: str | Sequence[str] = 'bbox',
        max_per_class: int = 10_000,
        format_only: bool = False,
        outfile_prefix: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_format_only('LVISDetectionMetric', format_only, outfile_prefix)
        self.source = str(ann_file)
        self.kinds = checked_kinds('LVISDetectionMetric', metric)
        self.with_masks = 'segm' in self.kinds
        self.ground_truth = load_annotation_file(ann_file, with_masks=self.with_masks)
        for index, image in enumerate(self.ground_truth['images']):
            missing = [key for key in _FEDERATED if key not in image]
            if missing:
                raise InputValueError(
                    f'{ann_file}: image {index} (id {image["id"]}): expected {missing[0]!r} as '
                    'LVIS files have it, found none; for a file where every class is annotated '
                    'everywhere use CocoDetectionMetric.'
                )
        self.max_per_image = max_per_image
        self.max_per_class = max_per_class
        self.format_only = format_only
        self.outfile_prefix = outfile_prefix

    def _check_classes(self, classes: list[str]) -> None:
        ids = category_ids(self.ground_truth['categories'], classes, self.source)
        if not classes or None in ids:
            index = ids.index(None) if classes else 0
            raise InputValueError(
                f'{self.source}: expected a category for each of the {len(classes)} classes of '
                f'the data set, found none for class {index} '
                f'({classes[index] if classes else "the data set names no classes"!r}).'
            )

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predictions of each sample."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            result = predicted_boxes(sample, num_classes, with_masks=self.with_masks)
            self.results.append(dict(result, img_id=sample['img_id']))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Standard and fixed AP of everything that was processed; see the class for keys."""
        by_image = results_by_image(results, self.ground_truth['images'], self.source)
        if self.with_masks:
            check_mask_sizes(by_image, self.ground_truth['images'], self.source)
        image_ids = sorted(by_image)
        ids = category_ids(
            self.ground_truth['categories'], list(self.dataset_meta['classes']), self.source
        )
        detections = _columns([by_image[number] for number in image_ids], self.with_masks)
        if self.outfile_prefix is not None:
            self._write(detections, image_ids, ids)
        if self.format_only:
            return {}
        scores: dict[str, float] = {}
        for kind in self.kinds:
            columns = detections if kind == 'segm' else replace(detections, mask=None)
            scores.update(self._both_ways(kind, columns, image_ids, ids))
        return scores

    def _both_ways(
        self, kind: str, detections: DetectionColumns, image_ids: list, ids: list
    ) -> dict[str, float]:
        """Standard and fixed AP of boxes or masks."""
        standard = detections.best_per(detections.image, self.max_per_image)
        fixed = detections.best_per(detections.category, self.max_per_class)
        scores: dict[str, float] = {}
        for name, chosen in ((f'{kind}_', standard), (f'{kind}_fixed_', fixed)):
            table = federated_average_precision(self.ground_truth, chosen, image_ids, ids)
            scores.update(self._summary(name, table, ids))
        scores[f'{kind}_AR@{self.max_per_image}'] = scores.pop(f'{kind}_AR')
        self._log(kind, scores)
        return scores

    def _summary(self, name: str, table: PrecisionTable, ids: list) -> dict[str, float]:
        scores = {
            f'{name}AP': table.average_precision(),
            f'{name}AP50': table.average_precision(iou=0.5),
            f'{name}AP75': table.average_precision(iou=0.75),
            f'{name}APs': table.average_precision(area='small'),
            f'{name}APm': table.average_precision(area='medium'),
            f'{name}APl': table.average_precision(area='large'),
        }
        frequency = {item['id']: item.get('frequency') for item in self.ground_truth['categories']}
        if any(frequency.values()):
            for group in _FREQUENCIES:
                chosen = [k for k, number in enumerate(ids) if frequency[number] == group]
                scores[f'{name}AP{group}'] = table.average_precision(chosen)
        scores[f'{name}AR'] = table.average_recall()
        return scores

    def _log(self, kind: str, scores: dict[str, float]) -> None:
        rows = [
            (key.removeprefix(f'{kind}_'), f'{value:.3f}', f'{scores[fixed]:.3f}')
            for key, value in scores.items()
            if (fixed := key.replace(f'{kind}_', f'{kind}_fixed_')) in scores
        ]
        warn_left_out(int(scores[f'{kind}_AP'] < 0), 'evaluation found no object; AP is -1')
        title = 'LVIS' if kind == 'bbox' else 'LVIS masks'
        print_log('\n' + text_table((title, 'standard', 'fixed'), rows), logger='current')

    def _write(self, detections: DetectionColumns, image_ids: list, ids: list) -> None:
        rows = [
            {
                'image_id': image_ids[image],
                'category_id': ids[category],
                'bbox': box,
                'score': score,
            }
            for image, category, box, score in zip(
                detections.image.tolist(),
                detections.category.tolist(),
                detections.bbox.tolist(),
                detections.score.tolist(),
            )
        ]
        if detections.mask is not None:
            rows = [dict(row, segmentation=mask) for row, mask in zip(rows, detections.mask)]
        write_results(self.outfile_prefix, rows, self.kinds)


def _columns(results: list[dict], with_masks: bool) -> DetectionColumns:
    """All detections, picture after picture, each in the model's order."""
    counts = [len(result['scores']) for result in results]
    boxes = [result['bboxes'] for result in results]
    masks = None
    if with_masks:
        masks = np.empty(sum(counts), dtype=object)
        masks[:] = [mask for result in results for mask in result['masks']]
    return DetectionColumns(
        image=np.repeat(np.arange(len(results)), counts),
        category=np.concatenate([np.zeros(0, np.int64), *(r['labels'] for r in results)]),
        bbox=xyxy_to_xywh(np.concatenate([np.zeros((0, 4)), *boxes])),
        score=np.concatenate([np.zeros(0), *(result['scores'] for result in results)]),
        mask=masks,
    )

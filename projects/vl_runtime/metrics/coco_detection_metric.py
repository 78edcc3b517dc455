"""COCO average precision that names its classes and copes with real data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.registry import METRICS

from vl_runtime.boxes import xyxy_to_xywh
from vl_runtime.errors import InputKeyError, InputValueError, did_you_mean
from vl_runtime.metrics.annotation_file import (
    category_ids,
    complete_annotations,
    load_annotation_file,
)
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.coco_average_precision import coco_average_precision
from vl_runtime.metrics.data_sample_boxes import annotated_boxes, predicted_boxes
from vl_runtime.metrics.evaluated_images import results_by_image, warn_left_out
from vl_runtime.metrics.precision_table import PrecisionTable
from vl_runtime.metrics.results_file import check_format_only, write_results
from vl_runtime.metrics.segmentations import check_mask_sizes, checked_kinds
from vl_runtime.reports.tables import text_table

# Boxes came first: the keys of their classes and groups don't say so.
_PART_PREFIX = {'bbox': '', 'segm': 'segm_'}
_MASK_COLUMNS = ('mask AP', 'mask AP50', 'mask AP75')


@METRICS.register_module()
class CocoDetectionMetric(ClassNamingMetric):
    """COCO AP of boxes and masks, for all classes, each class by name, and named groups.

    Enters: ``pred_instances`` (``bboxes`` xyxy in original pixels, ``scores``, ``labels``
    into the data set's classes, for masks ``masks`` (N, height, width) bool in original
    pixels), ``img_id``, ``ori_shape``. Ground truth comes from
    ``ann_file``, matched by ``img_id``; without it from the sample (see
    ``annotated_boxes``). Matching, crowd boxes and areas are COCO's, by pycocotools. The
    pictures that were evaluated count; a line in the log says if the file has more.

    Returns (0..1; -1.0 as in COCO where no object of that size or kind exists):
        ``coco/bbox_mAP`` ``bbox_mAP_50`` ``bbox_mAP_75`` ``bbox_mAP_s`` ``_m`` ``_l``;
        ``coco/bbox_AR@1`` ``@10`` ``@100``, one per entry of ``max_dets``;
        ``coco/AP/<class>`` (``classwise``); ``coco/mAP/<group>`` (``subsets``). A class
        without an object in the evaluated pictures has no AP: it is left out of every
        mean, its key is absent, and the table in the log shows ``n/a``; so for a group.
        Without any prediction all keys are there, with the value 0. The same of masks:
        ``coco/segm_mAP`` and so on, ``coco/segm_AP/<class>``, ``coco/segm_mAP/<group>``.

    Args:
        ann_file: COCO-style JSON; ``area`` and ``iscrowd`` may be missing in it. Masks need
            it: polygons or run-length codes under ``segmentation``.
        classwise: report ``AP/<class>`` and print the table.
        metric: ``'bbox'``, ``'segm'`` or both.
        max_dets: detections per picture and class; AP uses the largest.
        subsets: class names by group, for instance taught and untaught phrases.
        format_only: write the predictions, measure nothing, return {}.
        outfile_prefix: predictions go to ``<outfile_prefix>.bbox.json`` and
            ``.segm.json`` (COCO results).

    Raises:
        InputValueError: the file is broken or shares no class with the data set; a
            predicted label is no class; a picture is not in the file; masks are missing.
        InputKeyError: a group names an unknown class.

    Example:
        >>> metric = METRICS.build(dict(type='CocoDetectionMetric', ann_file='val.json'))
        >>> metric.dataset_meta = dict(classes=('red circle', 'blue star'))
        >>> metric.process({}, data_samples)
        >>> metric.evaluate(size=len(data_samples))['coco/AP/blue star']
        0.775
    """

    default_prefix = 'coco'

    def __init__(
        self,
        ann_file: str | None = None,
        classwise: bool = True,
        *,
        metric: str | Sequence[str] = 'bbox',
        max_dets: Sequence[int] = (1, 10, 100),
        subsets: Mapping[str, Sequence[str]] | None = None,
        format_only: bool = False,
        outfile_prefix: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        check_format_only('CocoDetectionMetric', format_only, outfile_prefix)
        self.kinds = checked_kinds('CocoDetectionMetric', metric)
        self.with_masks = 'segm' in self.kinds
        if self.with_masks and not ann_file:
            raise InputValueError(
                "CocoDetectionMetric: metric 'segm' needs an ann_file with masks."
            )
        self.source = str(ann_file) if ann_file else 'the data samples'
        self.ground_truth = (
            load_annotation_file(ann_file, with_masks=self.with_masks) if ann_file else None
        )
        self.classwise = classwise
        self.max_dets = tuple(sorted(max_dets))
        self.subsets = {group: list(names) for group, names in (subsets or {}).items()}
        self.format_only = format_only
        self.outfile_prefix = outfile_prefix

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        for group, names in self.subsets.items():
            unknown = [name for name in names if name not in classes]
            if unknown:
                raise InputKeyError(
                    f'{type(self).__name__}: subsets[{group!r}] names {unknown[0]!r}, which is '
                    f'no class of the data set.{did_you_mean(unknown[0], classes)}'
                )
        if self.ground_truth is not None:
            category_ids(self.ground_truth['categories'], classes, self.source)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predictions (and ground truth, without ann_file) of each sample."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            result = predicted_boxes(sample, num_classes, with_masks=self.with_masks)
            result.update(img_id=sample['img_id'])
            if self.ground_truth is None:
                result.update(annotations=annotated_boxes(sample, num_classes))
            self.results.append(result)

    def compute_metrics(self, results: list) -> dict[str, float]:
        """AP of everything that was processed; see the class for keys."""
        classes = list(self.dataset_meta['classes'])
        ground_truth = self.ground_truth or _collected_ground_truth(results, classes)
        ids = category_ids(ground_truth['categories'], classes, self.source)
        by_image = results_by_image(results, ground_truth['images'], self.source)
        if self.with_masks:
            check_mask_sizes(by_image, ground_truth['images'], self.source)
        detections = self._detections(by_image, ids, classes)
        if self.outfile_prefix is not None:
            write_results(self.outfile_prefix, detections, self.kinds)
        if self.format_only:
            return {}
        evaluated = sorted({number for number in ids if number is not None})
        columns = [None if number is None else evaluated.index(number) for number in ids]
        scores: dict[str, float] = {}
        for kind in self.kinds:
            table = coco_average_precision(
                ground_truth, detections, list(by_image), evaluated, self.max_dets, kind
            )
            scores.update(self._overall(kind, table))
            if self.classwise:
                scores.update(self._classwise(kind, table, columns, classes))
            scores.update(self._groups(kind, table, columns, classes))
        return scores

    def _detections(
        self, by_image: dict[Any, dict], ids: list, classes: list[str]
    ) -> list[dict[str, Any]]:
        rows = [
            {
                'image_id': _plain_id(image_id),
                'category_id': ids[label],
                'bbox': box,
                'score': score,
            }
            for image_id, result in by_image.items()
            for box, score, label in zip(
                xyxy_to_xywh(result['bboxes']).tolist(),
                result['scores'].tolist(),
                result['labels'].tolist(),
            )
        ]
        if self.with_masks:
            masks = [mask for result in by_image.values() for mask in result['masks']]
            rows = [dict(row, segmentation=mask) for row, mask in zip(rows, masks, strict=True)]
        kept = [row for row in rows if row['category_id'] is not None]
        absent = [name for name, number in zip(classes, ids) if number is None]
        warn_left_out(
            len(rows) - len(kept),
            f'predictions left out, of classes that {self.source} has no category for: '
            f'{", ".join(map(repr, absent[:5]))}',
        )
        return kept

    def _overall(self, kind: str, table: PrecisionTable) -> dict[str, float]:
        scores = {
            f'{kind}_mAP': table.average_precision(),
            f'{kind}_mAP_50': table.average_precision(iou=0.5),
            f'{kind}_mAP_75': table.average_precision(iou=0.75),
            f'{kind}_mAP_s': table.average_precision(area='small'),
            f'{kind}_mAP_m': table.average_precision(area='medium'),
            f'{kind}_mAP_l': table.average_precision(area='large'),
        }
        for index, limit in enumerate(self.max_dets):
            scores[f'{kind}_AR@{limit}'] = table.average_recall(limit=index)
        if scores[f'{kind}_mAP'] < 0:
            warn_left_out(1, 'evaluation without any object: every value is -1')
        return scores

    def _classwise(
        self, kind: str, table: PrecisionTable, columns: list[int | None], classes: list[str]
    ) -> dict[str, float]:
        scores, rows = {}, []
        for name, column in zip(classes, columns):
            values = [-1.0] * 3
            if column is not None:
                values = [table.average_precision([column], iou) for iou in (None, 0.5, 0.75)]
            if values[0] >= 0:
                scores[f'{_PART_PREFIX[kind]}AP/{name}'] = values[0]
            rows.append((name, *('n/a' if value < 0 else f'{value:.3f}' for value in values)))
        header = ('class', 'AP', 'AP50', 'AP75') if kind == 'bbox' else ('class', *_MASK_COLUMNS)
        print_log('\n' + text_table(header, rows), logger='current')
        return scores

    def _groups(
        self, kind: str, table: PrecisionTable, columns: list[int | None], classes: list[str]
    ) -> dict[str, float]:
        scores = {}
        for group, names in self.subsets.items():
            chosen = [columns[classes.index(name)] for name in names]
            value = table.average_precision([c for c in chosen if c is not None])
            if value >= 0:
                scores[f'{_PART_PREFIX[kind]}mAP/{group}'] = value
            else:
                warn_left_out(1, f'group without an object: {group!r} has no mAP')
        return scores


def _collected_ground_truth(results: list, classes: list[str]) -> dict[str, list[dict]]:
    """Annotations that came with the samples, as one COCO-style content; ids are labels."""
    first = {result['img_id']: result for result in reversed(results)}
    annotations = [
        dict(annotation, image_id=image_id)
        for image_id, result in first.items()
        for annotation in result['annotations']
    ]
    return {
        'images': [{'id': image_id} for image_id in first],
        'categories': [{'id': label, 'name': name} for label, name in enumerate(classes)],
        'annotations': complete_annotations(annotations, set(first), 'the data samples'),
    }


def _plain_id(image_id: Any) -> Any:
    return image_id.item() if isinstance(image_id, np.generic) else image_id

"""How well masks cover what a phrase or a class names, without any scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.registry import METRICS
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.data_sample_boxes import predicted_boxes, to_numpy
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects
from vl_runtime.metrics.segmentations import encode_segmentation


@METRICS.register_module()
class MaskIoUMetric(ClassNamingMetric):
    """IoU of all predicted pixels of a label with all annotated ones, as in referring segmentation.

    A case is one sample and one label that has an object there: a phrase in a picture.

    Enters: ``pred_instances`` with ``masks`` (N, H, W) bool in original pixels and ``labels``;
    ``img_id``, ``ori_shape``; ground truth from ``ann_file`` by ``img_id``, else the sample's
    ``gt_instances`` (``masks``, ``labels``) in original pixels.

    Returns (0..1):
        ``mask/mean_iou``: over all cases; one without an answer counts 0;
        ``mask/cumulative_iou``: all shared pixels by all pixels of either;
        ``mask/success@0.5``, ``mask/success@0.75``: cases with that IoU;
        ``mask/empty_correct``: samples without any object that got no mask; the key is there
        only if such samples exist.

    Args:
        ann_file: COCO-style JSON with ``segmentation``.

    Raises:
        InputValueError: a sample has no masks, or no case came.
    """

    default_prefix = 'mask'

    def __init__(
        self,
        ann_file: str | None = None,
        *,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.ground_truth = GroundTruthObjects(ann_file) if ann_file else None

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        if self.ground_truth is not None:
            self.ground_truth.set_classes(classes)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Count pixels of each label of each sample."""
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            found = predicted_boxes(sample, num_classes, with_masks=True)
            codes, labels = self._annotated(sample)
            wanted = [[codes[i] for i in np.flatnonzero(labels == one)] for one in set(labels)]
            given = [
                [found['masks'][i] for i in np.flatnonzero(found['labels'] == one)]
                for one in set(labels)
            ]
            self.results.append(
                {
                    'areas': [_areas(a, b) for a, b in zip(wanted, given, strict=True)],
                    'silent': not len(found['labels']),
                }
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Means over all cases; see the class."""
        pixels = np.array([pair for one in results for pair in one['areas']], float).reshape(-1, 2)
        if not len(pixels):
            raise InputValueError(
                f'MaskIoUMetric: expected objects with masks, found none in {len(results)} samples.'
            )
        ious = pixels[:, 0] / np.maximum(pixels[:, 1], 1)
        scores = {
            'mean_iou': float(ious.mean()),
            'cumulative_iou': float(pixels[:, 0].sum() / max(pixels[:, 1].sum(), 1)),
            'success@0.5': float((ious >= 0.5).mean()),
            'success@0.75': float((ious >= 0.75).mean()),
        }
        silent = [one['silent'] for one in results if not one['areas']]
        if silent:
            scores['empty_correct'] = sum(silent) / len(silent)
        return scores

    def _annotated(self, sample: Mapping[str, Any]) -> tuple[list, np.ndarray]:
        """Run-length codes and labels of the single objects."""
        height, width = (int(side) for side in sample['ori_shape'][:2])
        if self.ground_truth is not None:
            objects = [item for item in self.ground_truth.of(sample) if not item['iscrowd']]
            codes = [encode_segmentation(item['segmentation'], height, width) for item in objects]
            return codes, np.array([item['category_id'] for item in objects], int)
        truth = sample.get('gt_instances')
        if truth is None or 'masks' not in truth:
            raise InputValueError(
                f'image {sample["img_id"]}: no annotated masks in the data sample; load them '
                '(LoadAnnotations with_mask=True), or give the metric an ann_file.'
            )
        masks = truth['masks']
        masks = masks.to_ndarray() if hasattr(masks, 'to_ndarray') else to_numpy(masks)
        codes = [coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]
        return codes, to_numpy(truth['labels']).astype(int)


def _areas(wanted: list, given: list) -> tuple[float, float]:
    """Shared pixels, and pixels of either."""
    union = float(coco_mask.area(coco_mask.merge([*wanted, *given])))
    if not given:
        return 0.0, union
    both = coco_mask.merge(
        [coco_mask.merge(wanted), coco_mask.merge(given)],
        True,  # intersect
    )
    return float(coco_mask.area(both)), union

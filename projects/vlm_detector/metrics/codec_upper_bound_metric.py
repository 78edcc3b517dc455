"""The AP that an answer in text can reach at most, on the data set at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.registry import METRICS

from vl_runtime.boxes import box_iou, xywh_to_xyxy
from vl_runtime.errors import InputValueError
from vl_runtime.metrics import CocoDetectionMetric
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric
from vl_runtime.metrics.ground_truth_objects import GroundTruthObjects
from vlm_detector.codecs import codec_of, upper_bound_boxes


@METRICS.register_module()
class CodecUpperBoundMetric(ClassNamingMetric):
    """COCO AP of the annotated boxes after encode and decode: the limit of the codec.

    A codec writes whole units, so small objects in large images come back with an IoU
    below 1 even from a perfect model. Each box is scored by its IoU with the annotation,
    which no scores can beat. Predictions are not looked at; crowds are not answered.

    Enters: ``img_id``, ``ori_shape``, ``img_shape`` (height, width of the image in the
    conversation), ``model_size_wh``; ``scale_factor`` (x, y) and ``pad_param`` (top,
    bottom, left, right) where the image was scaled or padded. Ground truth as for
    ``CocoDetectionMetric``.

    Returns: ``codec/bbox_mAP`` and the other overall keys of ``CocoDetectionMetric``.

    Args:
        codec: name or registry dict of a box codec.
        ann_file: COCO-style JSON in original pixels; None reads the samples.

    Raises:
        InputValueError: a sample doesn't say at which size the model sees it.
    """

    default_prefix = 'codec'

    def __init__(
        self,
        codec: str | dict,
        ann_file: str | None = None,
        *,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.codec = codec_of(codec)
        self.ground_truth = GroundTruthObjects(ann_file)
        self.coco_metric = CocoDetectionMetric(ann_file, classwise=False)

    def _check_classes(self, classes: list[str]) -> None:
        super()._check_classes(classes)
        self.ground_truth.set_classes(classes)
        self.coco_metric.dataset_meta = {'classes': classes}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Answer each sample with its own annotations."""
        for sample in data_samples:
            answered = dict(sample, pred_instances=self._best_answer(sample))
            self.coco_metric.process(data_batch, [answered])
            self.results.append(self.coco_metric.results.pop())

    def compute_metrics(self, results: list) -> dict[str, float]:
        """AP and recall of the answers; see the class."""
        return self.coco_metric.compute_metrics(results)

    def _best_answer(self, sample: Mapping[str, Any]) -> dict[str, np.ndarray]:
        if sample.get('model_size_wh') is None:
            raise InputValueError(
                f'image {sample["img_id"]}: no model_size_wh in the data sample; '
                'CodecUpperBoundMetric is for models that answer in text, whose pipelines add it.'
            )
        # Numbered names: real class names may hold what the codec has to refuse.
        names = [f'class {k}' for k in range(len(self.dataset_meta['classes']))]
        objects = [item for item in self.ground_truth.of(sample) if not item['iscrowd']]
        boxes = xywh_to_xyxy(np.array([o['bbox'] for o in objects], float).reshape(-1, 4))
        labels = np.array([item['category_id'] for item in objects], np.int64)
        scale, offset = _frame(sample)
        height, width = sample['img_shape'][:2]
        best = upper_bound_boxes(
            self.codec,
            boxes * scale + offset,
            labels,
            names,
            image_size_wh=(int(width), int(height)),
            model_size_wh=tuple(int(side) for side in sample['model_size_wh']),
        )
        found = (best.boxes_xyxy - offset) / scale
        same = best.labels[:, None] == labels[None, :]
        scores = (box_iou(found, boxes) * same).max(1, initial=0.0)
        return {'bboxes': found, 'scores': scores, 'labels': best.labels}


def _frame(sample: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Scale and offset (4,) that take original pixels to pixels of the image."""
    scale = np.asarray(sample.get('scale_factor', (1.0, 1.0)), np.float64)[:2]
    padding = sample.get('pad_param')
    top, left = (0.0, 0.0) if padding is None else (float(padding[0]), float(padding[2]))
    return np.tile(scale, 2), np.array([left, top, left, top])

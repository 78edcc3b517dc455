"""Metrics on data samples: COCO AP, LVIS AP (standard and fixed), box IoU, mask IoU."""

from vl_runtime.metrics.box_iou_metric import BoxIoUMetric
from vl_runtime.metrics.coco_detection_metric import CocoDetectionMetric
from vl_runtime.metrics.lvis_detection_metric import LVISDetectionMetric
from vl_runtime.metrics.mask_iou_metric import MaskIoUMetric

__all__ = ['BoxIoUMetric', 'CocoDetectionMetric', 'LVISDetectionMetric', 'MaskIoUMetric']

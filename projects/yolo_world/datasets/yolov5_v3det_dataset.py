"""V3Det with mmyolo's batch shapes."""

from __future__ import annotations

from mmengine.registry import DATASETS
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset

from yolo_world.datasets.v3det_dataset import V3DetDataset


@DATASETS.register_module()
class YOLOv5V3DetDataset(BatchShapePolicyDataset, V3DetDataset):
    """As ``V3DetDataset``.

    With ``batch_shapes_cfg`` pictures of similar shape are evaluated together (mmyolo).
    """

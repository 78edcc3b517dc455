"""Objects365 v1."""

from __future__ import annotations

from mmdet.datasets import Objects365V1Dataset
from mmengine.registry import DATASETS
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset


@DATASETS.register_module()
class YOLOv5Objects365V1Dataset(BatchShapePolicyDataset, Objects365V1Dataset):
    """Objects365 v1; label i is the i-th category **by id**, whatever the file's order is.

    Its train and val files list the categories in different orders. With
    ``batch_shapes_cfg`` pictures of similar shape are evaluated together (mmyolo).
    """

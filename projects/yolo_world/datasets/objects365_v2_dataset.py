"""Objects365 v2."""

from __future__ import annotations

from mmdet.datasets import Objects365V2Dataset
from mmengine.registry import DATASETS
from mmyolo.datasets.yolov5_coco import BatchShapePolicyDataset


@DATASETS.register_module()
class YOLOv5Objects365V2Dataset(BatchShapePolicyDataset, Objects365V2Dataset):
    """Objects365 v2; label i is category i of the annotation file.

    Files are looked for as ``<patch>/<name>``; mmdet's list of broken pictures is left out.
    With ``batch_shapes_cfg`` pictures of similar shape are evaluated together (mmyolo).
    """

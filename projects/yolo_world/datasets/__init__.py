"""Data sets with texts, their transforms, and the collate function."""

from yolo_world.datasets import transforms
from yolo_world.datasets.general_grounding_dataset import YOLOv5GeneralGroundingDataset
from yolo_world.datasets.mixed_grounding_dataset import YOLOv5MixedGroundingDataset
from yolo_world.datasets.multi_modal_dataset import MultiModalDataset
from yolo_world.datasets.multi_modal_mixed_dataset import MultiModalMixedDataset
from yolo_world.datasets.yolow_collate import yolow_collate

__all__ = [
    'MultiModalDataset',
    'MultiModalMixedDataset',
    'YOLOv5GeneralGroundingDataset',
    'YOLOv5MixedGroundingDataset',
    'transforms',
    'yolow_collate',
]

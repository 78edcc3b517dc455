"""Data sets with texts, their transforms, and the collate function."""

from yolo_world.datasets import transforms
from yolo_world.datasets.general_grounding_dataset import YOLOv5GeneralGroundingDataset
from yolo_world.datasets.lvis_v1_dataset import YOLOv5LVISV1Dataset
from yolo_world.datasets.mixed_grounding_dataset import YOLOv5MixedGroundingDataset
from yolo_world.datasets.multi_modal_dataset import MultiModalDataset
from yolo_world.datasets.multi_modal_mixed_dataset import MultiModalMixedDataset
from yolo_world.datasets.objects365_v1_dataset import YOLOv5Objects365V1Dataset
from yolo_world.datasets.objects365_v2_dataset import YOLOv5Objects365V2Dataset
from yolo_world.datasets.region_text_dataset import RegionTextDataset
from yolo_world.datasets.v3det_dataset import V3DetDataset
from yolo_world.datasets.yolov5_v3det_dataset import YOLOv5V3DetDataset
from yolo_world.datasets.yolow_collate import yolow_collate

__all__ = [
    'MultiModalDataset',
    'MultiModalMixedDataset',
    'RegionTextDataset',
    'V3DetDataset',
    'YOLOv5GeneralGroundingDataset',
    'YOLOv5LVISV1Dataset',
    'YOLOv5MixedGroundingDataset',
    'YOLOv5Objects365V1Dataset',
    'YOLOv5Objects365V2Dataset',
    'YOLOv5V3DetDataset',
    'transforms',
    'yolow_collate',
]

"""Data steps: text sampling and mixing of images with their texts."""

from yolo_world.datasets.transforms.load_text import LoadText
from yolo_world.datasets.transforms.multi_modal_mosaic import MultiModalMosaic
from yolo_world.datasets.transforms.multi_modal_mosaic9 import MultiModalMosaic9
from yolo_world.datasets.transforms.random_load_text import RandomLoadText
from yolo_world.datasets.transforms.yolov5_multi_modal_mixup import YOLOv5MultiModalMixUp
from yolo_world.datasets.transforms.yolox_multi_modal_mixup import YOLOXMultiModalMixUp

__all__ = [
    'LoadText',
    'MultiModalMosaic',
    'MultiModalMosaic9',
    'RandomLoadText',
    'YOLOXMultiModalMixUp',
    'YOLOv5MultiModalMixUp',
]

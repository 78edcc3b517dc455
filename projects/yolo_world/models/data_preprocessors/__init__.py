"""Batch preparation on the device."""

from yolo_world.models.data_preprocessors.yolow_det_data_preprocessor import (
    YOLOWDetDataPreprocessor,
)

__all__ = ['YOLOWDetDataPreprocessor']

"""Complete detectors."""

from yolo_world.models.detectors.simple_yolo_world_detector import SimpleYOLOWorldDetector
from yolo_world.models.detectors.yolo_world_detector import YOLOWorldDetector
from yolo_world.models.detectors.yolo_world_image_detector import YOLOWorldImageDetector

__all__ = ['SimpleYOLOWorldDetector', 'YOLOWorldDetector', 'YOLOWorldImageDetector']

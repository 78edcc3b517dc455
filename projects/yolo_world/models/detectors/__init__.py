"""Complete detectors."""

from yolo_world.models.detectors.simple_yolo_world_detector import SimpleYOLOWorldDetector
from yolo_world.models.detectors.yolo_world_detector import YOLOWorldDetector

__all__ = ['SimpleYOLOWorldDetector', 'YOLOWorldDetector']

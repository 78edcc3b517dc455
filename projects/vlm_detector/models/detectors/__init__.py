"""Detectors."""

from vlm_detector.models.detectors.served_vlm_detector import ServedVLMDetector
from vlm_detector.models.detectors.vlm_detector import VLMDetector

__all__ = ['ServedVLMDetector', 'VLMDetector']

"""Detectors."""

from vlm_detector.models.detectors.vlm_detector import VLMDetector

__all__ = ['VLMDetector']

"""The detector, its adapters and its losses."""

from vlm_detector.models import adapters, data_preprocessors, detectors, losses

__all__ = ['adapters', 'data_preprocessors', 'detectors', 'losses']

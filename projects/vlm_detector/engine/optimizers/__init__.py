"""Optimisers of vision-language models."""

from vlm_detector.engine.optimizers.part_rate_constructor import PartRateConstructor

__all__ = ['PartRateConstructor']

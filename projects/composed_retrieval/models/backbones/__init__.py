"""Image encoders: pixels -> tokens."""

from composed_retrieval.models.backbones.blip2_trunk import BLIP2Trunk

__all__ = ['BLIP2Trunk']

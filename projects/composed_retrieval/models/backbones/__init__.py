"""Image encoders: pixels -> tokens."""

from composed_retrieval.models.backbones.blip2_trunk import BLIP2Trunk
from composed_retrieval.models.backbones.clip_trunk import CLIPTrunk

__all__ = ['BLIP2Trunk', 'CLIPTrunk']

"""Image encoders: pixels -> tokens."""

from composed_retrieval.models.backbones.blip2_trunk import BLIP2Trunk
from composed_retrieval.models.backbones.clip_trunk import CLIPTrunk
from composed_retrieval.models.backbones.feature_map_trunk import FeatureMapTrunk

__all__ = ['BLIP2Trunk', 'CLIPTrunk', 'FeatureMapTrunk']

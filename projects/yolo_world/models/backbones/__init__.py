"""Backbones for images and texts."""

from yolo_world.models.backbones.hugging_vision_backbone import HuggingVisionBackbone
from yolo_world.models.backbones.multimodal_yolo_backbone import MultiModalYOLOBackbone

__all__ = ['HuggingVisionBackbone', 'MultiModalYOLOBackbone']

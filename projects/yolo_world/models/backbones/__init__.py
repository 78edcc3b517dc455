"""Backbones for images and texts."""

from yolo_world.models.backbones.multimodal_yolo_backbone import MultiModalYOLOBackbone

__all__ = ['MultiModalYOLOBackbone']

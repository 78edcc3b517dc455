"""Necks that fuse image levels with texts."""

from yolo_world.models.necks.yolo_world_dual_pafpn import YOLOWorldDualPAFPN
from yolo_world.models.necks.yolo_world_pafpn import YOLOWorldPAFPN

__all__ = ['YOLOWorldDualPAFPN', 'YOLOWorldPAFPN']

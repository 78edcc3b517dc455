"""Rules that match priors with ground truths."""

from yolo_world.models.assigners.yolo_world_seg_assigner import YOLOWorldSegAssigner

__all__ = ['YOLOWorldSegAssigner']

"""Rules that match priors with ground truths."""

from yolo_world.models.assigners.yolo_world_seg_assigner import (
    YOLOWorldSegAssigner,
    with_gt_indexes,
)

__all__ = ['YOLOWorldSegAssigner', 'with_gt_indexes']

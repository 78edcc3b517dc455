"""Detection heads: region-text similarity, losses, prediction."""

from yolo_world.models.heads.bn_contrastive_head import BNContrastiveHead
from yolo_world.models.heads.contrastive_head import ContrastiveHead
from yolo_world.models.heads.rep_bn_contrastive_head import RepBNContrastiveHead
from yolo_world.models.heads.rep_yolo_world_head import RepYOLOWorldHead
from yolo_world.models.heads.rep_yolo_world_head_module import RepYOLOWorldHeadModule
from yolo_world.models.heads.yolo_world_head import YOLOWorldHead
from yolo_world.models.heads.yolo_world_head_module import YOLOWorldHeadModule

__all__ = [
    'BNContrastiveHead',
    'ContrastiveHead',
    'RepBNContrastiveHead',
    'RepYOLOWorldHead',
    'RepYOLOWorldHeadModule',
    'YOLOWorldHead',
    'YOLOWorldHeadModule',
]

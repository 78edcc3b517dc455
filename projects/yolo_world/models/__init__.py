"""Models of YOLO-World; importing registers them."""

from yolo_world.models.assigners import YOLOWorldSegAssigner
from yolo_world.models.backbones import HuggingVisionBackbone, MultiModalYOLOBackbone
from yolo_world.models.data_preprocessors import YOLOWDetDataPreprocessor
from yolo_world.models.detectors import (
    SimpleYOLOWorldDetector,
    YOLOWorldDetector,
    YOLOWorldImageDetector,
)
from yolo_world.models.heads import (
    BNContrastiveHead,
    ContrastiveHead,
    RepBNContrastiveHead,
    RepYOLOWorldHead,
    RepYOLOWorldHeadModule,
    YOLOWorldHead,
    YOLOWorldHeadModule,
    YOLOWorldSegHead,
    YOLOWorldSegHeadModule,
)
from yolo_world.models.layers import (
    EfficientCSPLayerWithTwoConv,
    ImagePoolingAttentionModule,
    MaxSigmoidAttnBlock,
    MaxSigmoidCSPLayerWithTwoConv,
    RepConvMaxSigmoidAttnBlock,
    RepConvMaxSigmoidCSPLayerWithTwoConv,
    RepMatrixMaxSigmoidAttnBlock,
    RepMaxSigmoidCSPLayerWithTwoConv,
    VanillaSigmoidBlock,
)
from yolo_world.models.losses import CoVMSELoss
from yolo_world.models.necks import YOLOWorldDualPAFPN, YOLOWorldPAFPN

__all__ = [
    'BNContrastiveHead',
    'CoVMSELoss',
    'ContrastiveHead',
    'EfficientCSPLayerWithTwoConv',
    'HuggingVisionBackbone',
    'ImagePoolingAttentionModule',
    'MaxSigmoidAttnBlock',
    'MaxSigmoidCSPLayerWithTwoConv',
    'MultiModalYOLOBackbone',
    'RepBNContrastiveHead',
    'RepConvMaxSigmoidAttnBlock',
    'RepConvMaxSigmoidCSPLayerWithTwoConv',
    'RepMatrixMaxSigmoidAttnBlock',
    'RepMaxSigmoidCSPLayerWithTwoConv',
    'RepYOLOWorldHead',
    'RepYOLOWorldHeadModule',
    'SimpleYOLOWorldDetector',
    'VanillaSigmoidBlock',
    'YOLOWDetDataPreprocessor',
    'YOLOWorldDetector',
    'YOLOWorldDualPAFPN',
    'YOLOWorldHead',
    'YOLOWorldHeadModule',
    'YOLOWorldImageDetector',
    'YOLOWorldPAFPN',
    'YOLOWorldSegAssigner',
    'YOLOWorldSegHead',
    'YOLOWorldSegHeadModule',
]

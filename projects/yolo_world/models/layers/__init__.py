"""Attention blocks and CSP layers."""

from yolo_world.models.layers.efficient_csp_layer import EfficientCSPLayerWithTwoConv
from yolo_world.models.layers.freezing import freeze
from yolo_world.models.layers.max_sigmoid_attention import MaxSigmoidAttnBlock
from yolo_world.models.layers.max_sigmoid_csp_layer import MaxSigmoidCSPLayerWithTwoConv
from yolo_world.models.layers.rep_conv_max_sigmoid_attention import RepConvMaxSigmoidAttnBlock
from yolo_world.models.layers.rep_conv_max_sigmoid_csp_layer import (
    RepConvMaxSigmoidCSPLayerWithTwoConv,
)
from yolo_world.models.layers.rep_matrix_max_sigmoid_attention import RepMatrixMaxSigmoidAttnBlock
from yolo_world.models.layers.rep_max_sigmoid_csp_layer import RepMaxSigmoidCSPLayerWithTwoConv
from yolo_world.models.layers.text_guided_csp_layer import TextGuidedCSPLayer
from yolo_world.models.layers.vanilla_sigmoid import VanillaSigmoidBlock

__all__ = [
    'EfficientCSPLayerWithTwoConv',
    'MaxSigmoidAttnBlock',
    'MaxSigmoidCSPLayerWithTwoConv',
    'RepConvMaxSigmoidAttnBlock',
    'RepConvMaxSigmoidCSPLayerWithTwoConv',
    'RepMatrixMaxSigmoidAttnBlock',
    'RepMaxSigmoidCSPLayerWithTwoConv',
    'TextGuidedCSPLayer',
    'VanillaSigmoidBlock',
    'freeze',
]

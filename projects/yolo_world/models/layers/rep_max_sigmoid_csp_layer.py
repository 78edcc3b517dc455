"""CSP layer of the re-parameterised neck, classes as one matrix."""

from __future__ import annotations

from mmengine.registry import MODELS

from yolo_world.models.layers.max_sigmoid_csp_layer import MaxSigmoidCSPLayerWithTwoConv
from yolo_world.models.layers.rep_matrix_max_sigmoid_attention import RepMatrixMaxSigmoidAttnBlock


@MODELS.register_module()
class RepMaxSigmoidCSPLayerWithTwoConv(MaxSigmoidCSPLayerWithTwoConv):
    """CSP layer gated by the best-matching class, classes stored as one matrix.

    Arguments as in ``MaxSigmoidCSPLayerWithTwoConv``, but ``guide_channels`` is the
    number of classes, and ``with_scale`` and ``use_einsum`` have no effect.
    """

    attn_block_type = RepMatrixMaxSigmoidAttnBlock

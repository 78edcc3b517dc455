"""CSP layer with the shape of the text-guided one and no text."""

from __future__ import annotations

from mmengine.registry import MODELS

from yolo_world.models.layers.text_guided_csp_layer import TextGuidedCSPLayer
from yolo_world.models.layers.vanilla_sigmoid import VanillaSigmoidBlock


@MODELS.register_module()
class EfficientCSPLayerWithTwoConv(TextGuidedCSPLayer):
    """CSP layer whose attention branch is a plain convolution.

    Arguments as in ``MaxSigmoidCSPLayerWithTwoConv``; those of the gate
    (``guide_channels``, ``embed_channels``, ``with_scale``) have no effect, and
    there is no ``use_einsum``.
    """

    attn_block_type = VanillaSigmoidBlock

"""CSP layer with the shape of the text-guided one and no text."""

from __future__ import annotations

from mmengine.registry import MODELS

from yolo_world.models.layers.layer_defaults import BATCH_NORM, SILU
from yolo_world.models.layers.text_guided_csp_layer import TextGuidedCSPLayer
from yolo_world.models.layers.vanilla_sigmoid import VanillaSigmoidBlock


@MODELS.register_module()
class EfficientCSPLayerWithTwoConv(TextGuidedCSPLayer):
    """CSP layer whose attention branch is a plain convolution.

    Arguments as in ``MaxSigmoidCSPLayerWithTwoConv``; those of the gate
    (``guide_channels``, ``embed_channels``, ``with_scale``) have no effect.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        guide_channels: int,
        embed_channels: int,
        num_heads: int = 1,
        expand_ratio: float = 0.5,
        num_blocks: int = 1,
        with_scale: bool = False,
        add_identity: bool = True,
        conv_cfg: dict | None = None,
        norm_cfg: dict = BATCH_NORM,
        act_cfg: dict = SILU,
        init_cfg: dict | None = None,
    ) -> None:
        def make_attn_block(width: int) -> VanillaSigmoidBlock:
            return VanillaSigmoidBlock(
                width,
                width,
                guide_channels=guide_channels,
                embed_channels=embed_channels,
                num_heads=num_heads,
                with_scale=with_scale,
                conv_cfg=conv_cfg,
                norm_cfg=norm_cfg,
            )

        super().__init__(
            in_channels,
            out_channels,
            make_attn_block,
            expand_ratio=expand_ratio,
            num_blocks=num_blocks,
            add_identity=add_identity,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
        )

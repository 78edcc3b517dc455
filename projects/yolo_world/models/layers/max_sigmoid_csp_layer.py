"""Text-guided CSP layer of YOLO-World's neck."""

from __future__ import annotations

from mmengine.registry import MODELS

from yolo_world.models.layers.layer_defaults import BATCH_NORM, SILU
from yolo_world.models.layers.max_sigmoid_attention import MaxSigmoidAttnBlock
from yolo_world.models.layers.text_guided_csp_layer import TextGuidedCSPLayer


@MODELS.register_module()
class MaxSigmoidCSPLayerWithTwoConv(TextGuidedCSPLayer):
    """CSP layer whose attention branch is gated by the best-matching text.

    Args:
        in_channels, out_channels: channels before and after the layer.
        guide_channels: width of the text features.
        embed_channels: width in which image and text are compared.
        num_heads, with_scale, use_einsum (without effect): see ``MaxSigmoidAttnBlock``.
        expand_ratio, num_blocks, add_identity: see ``TextGuidedCSPLayer``.

    Source: YOLO-World, arXiv:2401.17270, T-CSPLayer.
    """

    attn_block_type = MaxSigmoidAttnBlock

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
        use_einsum: bool = True,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            guide_channels,
            embed_channels,
            num_heads,
            expand_ratio=expand_ratio,
            num_blocks=num_blocks,
            with_scale=with_scale,
            add_identity=add_identity,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
        )

"""The frame that all text-guided CSP layers share; they differ in the attention block."""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmyolo.models.layers import CSPLayerWithTwoConv
from torch import Tensor, nn

from yolo_world.models.layers.conv_of_parts import conv_of_parts
from yolo_world.models.layers.layer_defaults import BATCH_NORM, SILU


class TextGuidedCSPLayer(CSPLayerWithTwoConv):
    """mmyolo's two-convolution CSP layer with one more branch: an attention block.

    The block sees the last bottleneck's output and the texts; its output joins
    the concatenation as the last of ``3 + num_blocks`` tensors. A subclass names
    it: ``attn_block_type``, a module that is built with the arguments of
    ``MaxSigmoidAttnBlock``, called as ``block(x, guide)`` and keeps the width.

    Args:
        in_channels, out_channels: channels before and after the layer.
        guide_channels, embed_channels, num_heads, with_scale: of the block.
        expand_ratio: branch width relative to ``out_channels``.
        num_blocks: number of bottlenecks.
        add_identity: residual connections inside the bottlenecks.
    """

    attn_block_type: type[nn.Module]

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
        super().__init__(
            in_channels,
            out_channels,
            expand_ratio=expand_ratio,
            num_blocks=num_blocks,
            add_identity=add_identity,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
        )
        self.attn_block = self.attn_block_type(
            self.mid_channels,
            self.mid_channels,
            guide_channels=guide_channels,
            embed_channels=embed_channels,
            num_heads=num_heads,
            with_scale=with_scale,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
        )
        self.final_conv = ConvModule(
            (3 + num_blocks) * self.mid_channels,
            out_channels,
            1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )

    def forward(self, x: Tensor | Sequence[Tensor], guide: Tensor | None) -> Tensor:
        """Map ``x`` with texts ``guide`` (B, K, T) to (B, out, H, W).

        Args:
            x: (B, in, H, W), or the maps whose concatenation it is; the first of them may
                be of half the size, see ``conv_of_parts``.
            guide: text features, or None for a block without texts.
        """
        parts = [x] if isinstance(x, Tensor) else x
        branches = [conv_of_parts(self.main_conv, parts)]
        last = branches[0][:, self.mid_channels :]
        for block in self.blocks:
            last = block(last)
            branches.append(last)
        branches.append(self.attn_block(last, guide))
        return conv_of_parts(self.final_conv, branches)

"""The frame that all text-guided CSP layers share; they differ in the attention block."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mmcv.cnn import ConvModule
from mmyolo.models.layers import CSPLayerWithTwoConv
from torch import Tensor, nn


class TextGuidedCSPLayer(CSPLayerWithTwoConv):
    """mmyolo's two-convolution CSP layer with one more branch: an attention block.

    The block sees the last bottleneck's output and the texts; its output joins
    the concatenation as the last of ``3 + num_blocks`` tensors.

    Args:
        in_channels, out_channels: channels before and after the layer.
        make_attn_block: called once with the branch width; returns the block, a
            module that is called as ``block(x, guide)`` and keeps the width.
        expand_ratio: branch width relative to ``out_channels``.
        num_blocks: number of bottlenecks.
        add_identity: residual connections inside the bottlenecks.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        make_attn_block: Callable[[int], nn.Module],
        *,
        expand_ratio: float,
        num_blocks: int,
        add_identity: bool,
        conv_cfg: dict | None,
        norm_cfg: dict,
        act_cfg: dict,
        init_cfg: dict | None,
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
        self.attn_block = make_attn_block(self.mid_channels)
        self.final_conv = ConvModule(
            (3 + num_blocks) * self.mid_channels,
            out_channels,
            1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )

    def forward(self, x: Tensor, guide: Tensor | None) -> Tensor:
        """Map ``x`` (B, in, H, W) with texts ``guide`` (B, K, T) to (B, out, H, W)."""
        branches = list(self.main_conv(x).chunk(2, dim=1))
        for block in self.blocks:
            branches.append(block(branches[-1]))
        branches.append(self.attn_block(branches[-1], guide))
        return self.final_conv(torch.cat(branches, dim=1))

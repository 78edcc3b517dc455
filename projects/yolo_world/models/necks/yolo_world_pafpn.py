"""RepVL-PAN: the path aggregation neck of YOLO-World.

Letters: B images, K texts, T text width.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.registry import MODELS
from mmyolo.models.necks import YOLOv8PAFPN
from mmyolo.models.utils import make_divisible, make_round
from torch import Tensor, nn

from yolo_world.models.layers import freeze
from yolo_world.models.layers.layer_defaults import BATCH_NORM, SILU


@MODELS.register_module()
class YOLOWorldPAFPN(YOLOv8PAFPN):
    """YOLOv8's top-down and bottom-up paths with text-guided CSP layers.

    Levels are ordered from fine to coarse (strides 8, 16, 32). Widths given
    here are those of the L-size model; ``widen_factor`` scales them.

    Args:
        in_channels, out_channels: channels per level, before scaling.
        guide_channels: T, width of the text features.
        embed_channels: per level, width in which image and text are compared.
        num_heads: per level, number of independent text gates.
        deepen_factor, widen_factor: scale of depth and of widths.
        num_csp_blocks: bottlenecks per CSP layer, before scaling.
        freeze_all: no gradients, and batch norms keep their statistics.
        block_cfg: type and options of the CSP layer, by default
            ``MaxSigmoidCSPLayerWithTwoConv``; widths and ``guide_channels`` are
            filled in here.

    Source: YOLO-World, arXiv:2401.17270, RepVL-PAN.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: Sequence[int],
        guide_channels: int,
        embed_channels: Sequence[int],
        num_heads: Sequence[int],
        deepen_factor: float = 1.0,
        widen_factor: float = 1.0,
        num_csp_blocks: int = 3,
        freeze_all: bool = False,
        block_cfg: dict | None = None,
        norm_cfg: dict = BATCH_NORM,
        act_cfg: dict = SILU,
        init_cfg: dict | None = None,
    ) -> None:
        # The parent builds the layers inside its constructor and needs these there.
        self.guide_channels = guide_channels
        self.embed_channels = embed_channels
        self.num_heads = num_heads
        self.block_cfg = block_cfg or {'type': 'MaxSigmoidCSPLayerWithTwoConv'}
        super().__init__(
            in_channels=in_channels,
            out_channels=out_channels,
            deepen_factor=deepen_factor,
            widen_factor=widen_factor,
            num_csp_blocks=num_csp_blocks,
            freeze_all=freeze_all,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
            init_cfg=init_cfg,
        )
        if freeze_all:
            freeze(self)

    def build_top_down_layer(self, idx: int) -> nn.Module:
        """Layer that brings level ``idx`` down to level ``idx - 1``."""
        return self._build_block(self.in_channels[idx - 1] + self.in_channels[idx], idx - 1)

    def build_bottom_up_layer(self, idx: int) -> nn.Module:
        """Layer that brings level ``idx`` up to level ``idx + 1``."""
        return self._build_block(self.out_channels[idx] + self.out_channels[idx + 1], idx + 1)

    def _build_block(self, in_channels: int, level: int) -> nn.Module:
        return MODELS.build(
            {
                **self.block_cfg,
                'in_channels': make_divisible(in_channels, self.widen_factor),
                'out_channels': make_divisible(self.out_channels[level], self.widen_factor),
                'guide_channels': self.guide_channels,
                'embed_channels': make_round(self.embed_channels[level], self.widen_factor),
                'num_heads': make_round(self.num_heads[level], self.widen_factor),
                'num_blocks': make_round(self.num_csp_blocks, self.deepen_factor),
                'add_identity': False,
                'norm_cfg': self.norm_cfg,
                'act_cfg': self.act_cfg,
            }
        )

    def train(self, mode: bool = True) -> YOLOWorldPAFPN:
        """Set training mode; a frozen neck stays frozen."""
        super().train(mode)
        return self

    def forward(
        self, img_feats: Sequence[Tensor], txt_feats: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Fuse levels and texts.

        Args:
            img_feats: one (B, C_i, H_i, W_i) map per level, fine to coarse.
            txt_feats: (B, K, T), or None for blocks that need no text.

        Returns:
            One map per level, same grids as ``img_feats``.
        """
        return self.bottom_up(self.top_down(img_feats, txt_feats), txt_feats)

    def top_down(self, img_feats: Sequence[Tensor], txt_feats: Tensor | None) -> list[Tensor]:
        """Pass information from coarse to fine levels."""
        inner = [img_feats[-1]]
        for step, fine in enumerate(reversed(img_feats[:-1])):
            # The layer upsamples: behind its first convolution that costs a quarter.
            inner.insert(0, self.top_down_layers[step]([inner[0], fine], txt_feats))
        return inner

    def bottom_up(self, inner: Sequence[Tensor], txt_feats: Tensor | None) -> tuple[Tensor, ...]:
        """Pass information from fine back to coarse levels."""
        outs = [inner[0]]
        for step, coarse in enumerate(inner[1:]):
            down = self.downsample_layers[step](outs[-1])
            outs.append(self.bottom_up_layers[step]([down, coarse], txt_feats))
        return tuple(outs)

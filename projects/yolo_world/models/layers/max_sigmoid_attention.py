"""Text-guided gate of YOLO-World's neck.

Letters: B images, K texts, T text width, M heads, D channels per head, H x W grid.
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from yolo_world.models.layers.best_match import best_match
from yolo_world.models.layers.layer_defaults import BATCH_NORM
from yolo_world.models.layers.linear_conv import linear_conv
from yolo_world.models.layers.shared_texts import without_copies


@MODELS.register_module()
class MaxSigmoidAttnBlock(BaseModule):
    """Gate image features by the best-matching text.

    For head m and pixel p the gate is

        sigmoid(max_k <image[m, p], text[k, m]> / sqrt(D) + bias[m]) * scale[m]

    and multiplies the projected features of that head. A pixel is amplified by
    the one text that it matches best; the number of texts never changes the
    output size, so the vocabulary can change after training. Padding texts are
    not left out: they take part in the maximum, as in the released weights.

    Args:
        in_channels: channels of the image features.
        out_channels: channels of the output.
        guide_channels: T, the width of the text encoder (512 for CLIP ViT-B/32).
        embed_channels: width of the comparison space, split over the heads.
        kernel_size, padding: of the convolution that is gated.
        num_heads: M independent gates; divides ``out_channels`` and ``embed_channels``.
        use_depthwise: make the gated convolution depthwise separable.
        with_scale: learn ``scale``; otherwise it is 1.
        use_einsum: part of the published interface, without effect: the comparison is
            a matrix product, which every exporter knows.

    Raises:
        ValueError: ``num_heads`` does not divide one of the two widths.

    Source: YOLO-World, arXiv:2401.17270, text-guided CSPLayer.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        guide_channels: int,
        embed_channels: int,
        kernel_size: int = 3,
        padding: int = 1,
        num_heads: int = 1,
        use_depthwise: bool = False,
        with_scale: bool = False,
        conv_cfg: dict | None = None,
        norm_cfg: dict = BATCH_NORM,
        init_cfg: dict | None = None,
        use_einsum: bool = True,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if out_channels % num_heads or embed_channels % num_heads:
            raise ValueError(
                f'num_heads={num_heads} must divide out_channels={out_channels} '
                f'and embed_channels={embed_channels}.'
            )
        self.num_heads = num_heads
        self.head_channels = embed_channels // num_heads
        self.embed_conv = (
            ConvModule(
                in_channels, embed_channels, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=None
            )
            if embed_channels != in_channels
            else None
        )
        self.guide_fc = nn.Linear(guide_channels, embed_channels)
        self.bias = nn.Parameter(torch.zeros(num_heads))
        self.scale = nn.Parameter(torch.ones(1, num_heads, 1, 1)) if with_scale else 1.0
        self.project_conv = linear_conv(
            in_channels, out_channels, kernel_size, padding, use_depthwise, conv_cfg, norm_cfg
        )

    def forward(self, x: Tensor, guide: Tensor) -> Tensor:
        """Gate ``x`` (B, in, H, W) by the texts ``guide`` (B, K, T): (B, out, H, W)."""
        gate = self._best_match(x, guide) / self.head_channels**0.5
        gate = (gate + self.bias[None, :, None, None]).sigmoid() * self.scale
        value = self.project_conv(x)
        return (value.unflatten(1, (self.num_heads, -1)) * gate.unsqueeze(2)).flatten(1, 2)

    def _best_match(self, x: Tensor, guide: Tensor) -> Tensor:
        """Largest dot product over the texts, per head and pixel: (B, M, H, W)."""
        embed = x if self.embed_conv is None else self.embed_conv(x)
        embed = embed.unflatten(1, (self.num_heads, self.head_channels)).flatten(3)
        guide = self.guide_fc(without_copies(guide)).unflatten(2, (self.num_heads, -1))
        return best_match(embed, guide.transpose(1, 2)).unflatten(2, x.shape[-2:])

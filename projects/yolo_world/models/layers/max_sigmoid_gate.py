"""What the text-guided gate and its re-parameterised forms share.

Letters: B images, K texts (or classes), M heads, D channels per head, H x W grid.
"""

from __future__ import annotations

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from yolo_world.models.layers.best_match import best_match
from yolo_world.models.layers.layer_defaults import BATCH_NORM
from yolo_world.models.layers.linear_conv import linear_conv


class MaxSigmoidGate(BaseModule):
    """Gate image features by the best-matching vector.

    For head m and pixel p the gate is

        sigmoid(max_k <image[m, p], vector[k, m]> / sqrt(D) + bias[m]) * scale[m]

    and multiplies the projected features of that head. A subclass says where the
    vectors come from: ``_init_guide`` makes the parameters, ``guide_vectors`` reads them.

    Args:
        in_channels: channels of the image features.
        out_channels: channels of the output.
        embed_channels: width of the comparison space, split over the heads.
        guide_channels: given to ``_init_guide``.
        kernel_size, padding: of the convolution that is gated.
        num_heads: M; divides ``out_channels`` and ``embed_channels``.
        use_depthwise: make the gated convolution depthwise separable.
        with_scale: learn ``scale``, where the subclass has one; otherwise it is 1.
        use_einsum: part of the published interface, without effect: the comparison is
            a matrix product, which every exporter knows.

    Raises:
        ValueError: ``num_heads`` does not divide one of the two widths.

    Source: YOLO-World, arXiv:2401.17270.
    """

    has_scale = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        embed_channels: int,
        guide_channels: int,
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
        # The order of the parameters is that of published optimiser states.
        self._init_guide(guide_channels)
        self.bias = nn.Parameter(torch.zeros(num_heads))
        learns_scale = with_scale and self.has_scale
        self.scale = nn.Parameter(torch.ones(1, num_heads, 1, 1)) if learns_scale else 1.0
        self.project_conv = linear_conv(
            in_channels, out_channels, kernel_size, padding, use_depthwise, conv_cfg, norm_cfg
        )

    def _init_guide(self, guide_channels: int) -> None:
        """Make the parameters of ``guide_vectors``."""
        raise NotImplementedError

    def guide_vectors(self, guide: Tensor | None) -> Tensor:
        """What every head compares pixels with: (M, K, D), or (B or 1, M, K, D)."""
        raise NotImplementedError

    def forward(self, x: Tensor, guide: Tensor | None = None) -> Tensor:
        """Gate ``x`` (B, in, H, W): (B, out, H, W); ``guide`` as in ``guide_vectors``."""
        embed = x if self.embed_conv is None else self.embed_conv(x)
        embed = embed.flatten(2).unflatten(1, (self.num_heads, self.head_channels))
        match = best_match(embed, self.guide_vectors(guide)).unflatten(2, x.shape[-2:])
        gate = (match / self.head_channels**0.5 + self.bias[None, :, None, None]).sigmoid()
        value = self.project_conv(x).unflatten(1, (self.num_heads, -1))
        return (value * (gate * self.scale).unsqueeze(2)).flatten(1, 2)

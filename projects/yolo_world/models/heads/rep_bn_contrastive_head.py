"""Region-text similarity of a fixed vocabulary: batch norm and a 1 x 1 convolution.

Letters: B images, K classes, D width, H x W grid.
"""

from __future__ import annotations

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class RepBNContrastiveHead(BaseModule):
    """``BNContrastiveHead`` with texts, scale and bias inside the convolution ``conv``.

    Args:
        embed_dims: D.
        num_guide_embeds: K.
        norm_cfg: the norm layer over D channels.

    Source: YOLO-World v2, re-parameterised head.
    """

    def __init__(
        self,
        embed_dims: int,
        num_guide_embeds: int,
        norm_cfg: dict,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.norm = build_norm_layer(norm_cfg, embed_dims)[1]
        self.conv = nn.Conv2d(embed_dims, num_guide_embeds, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, K, H, W) of pixels ``x`` (B, D, H, W)."""
        return self.conv(self.norm(x))

"""Region-text similarity with batch norm in place of the image's L2 norm.

Letters: B images, K texts, D width, H x W grid.
"""

from __future__ import annotations

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from yolo_world.models.heads.region_text_similarity import region_text_dot


@MODELS.register_module()
class BNContrastiveHead(BaseModule):
    """Class logits ``exp(logit_scale) * <BN(pixel), text / |text|> + bias``.

    Args:
        embed_dims: D.
        norm_cfg: the norm layer over D channels.
        use_einsum: part of the published interface, without effect.

    Source: YOLO-World v2; batch norm can be folded into a convolution when the
    vocabulary is fixed.
    """

    def __init__(
        self,
        embed_dims: int,
        norm_cfg: dict,
        init_cfg: dict | None = None,
        use_einsum: bool = True,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.norm = build_norm_layer(norm_cfg, embed_dims)[1]
        self.bias = nn.Parameter(torch.tensor(0.0))
        # -1: batch-normed features are about sqrt(D) long, so the scale starts below 1.
        self.logit_scale = nn.Parameter(torch.tensor(-1.0))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Logits (B, K, H, W) of pixels ``x`` (B, D, H, W) for texts ``w`` (B or 1, K, D)."""
        return region_text_dot(self.norm(x), self.scaled_texts(w)) + self.bias

    def scaled_texts(self, w: Tensor) -> Tensor:
        """Texts ``w`` (B, K, D) as vectors of length ``exp(logit_scale)``."""
        return F.normalize(w, dim=-1) * self.logit_scale.exp()

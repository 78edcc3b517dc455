"""Scaled cosine similarity between pixels and texts.

Letters: B images, K texts, D width, H x W grid.
"""

from __future__ import annotations

import math

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from yolo_world.models.heads.region_text_similarity import region_text_dot


@MODELS.register_module()
class ContrastiveHead(BaseModule):
    """Class logits ``exp(logit_scale) * cos(pixel, text) + bias``.

    Args:
        embed_dims: D. The head has no weight of that size; the width is checked
            by the product itself.
        use_einsum: part of the published interface, without effect.

    Source: YOLO-World, arXiv:2401.17270, region-text matching; the first scale
    1 / 0.07 is CLIP's.
    """

    def __init__(
        self, embed_dims: int, init_cfg: dict | None = None, use_einsum: bool = True
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.embed_dims = embed_dims
        self.bias = nn.Parameter(torch.tensor(0.0))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Logits (B, K, H, W) of pixels ``x`` (B, D, H, W) for texts ``w`` (B or 1, K, D)."""
        texts = F.normalize(w, dim=-1) * self.logit_scale.exp()
        return region_text_dot(F.normalize(x, dim=1), texts) + self.bias

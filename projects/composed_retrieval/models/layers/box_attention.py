"""More attention to the boxes of a reference, as much as picture and text call for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from composed_retrieval.models.layers.qformer_passes import QFormerPasses, TextTokens
from composed_retrieval.models.layers.token_grid import TokenGrid, with_class_token


@MODELS.register_module()
class BoxAttention(BaseModule):
    """A bias for the cross-attention of the fusion pass: beta on cells that a box touches.

    beta >= 0 is one number for each query: probe tokens read picture and text through the
    Q-Former, a small transformer sums them up in a token of its own, and an MLP with softplus
    behind it gives the number. The class token and pictures without boxes get 0.

    Args:
        width: H of the Q-Former; ``ComposedRetriever`` gives it.
        num_probes: tokens that read.
        num_layers, num_heads: of the small transformer.
        hidden_width: of the MLP.
        dropout: of the small transformer.

    Source: adaptive focus of OACIR, arXiv:2604.05393.
    """

    def __init__(
        self,
        width: int,
        num_probes: int = 8,
        *,
        num_layers: int = 2,
        num_heads: int = 8,
        hidden_width: int = 512,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.probe_tokens = nn.Parameter(torch.randn(1, num_probes, width) * 0.02)
        self.summary_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, num_heads, 4 * width, dropout, activation='gelu', batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, num_layers, enable_nested_tensor=False)
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden_width), nn.GELU(), nn.Linear(hidden_width, 1)
        )

    def forward(
        self,
        passes: QFormerPasses,
        image: Tensor,
        text: TextTokens,
        *,
        boxes: Sequence[Tensor],
        grid: TokenGrid,
    ) -> Tensor:
        """(B, T) float32, to be added to attention logits.

        Args:
            passes: of the retrieval model.
            image: (B, T, C) of the references.
            boxes: B x (n, 4) xyxy in pixels of the input.
        """
        mask = with_class_token(grid.union(boxes), 0.0)
        return self.strength(passes, image, text) * mask

    def strength(self, passes: QFormerPasses, image: Tensor, text: TextTokens) -> Tensor:
        """beta, (B, 1)."""
        probing = dataclasses.replace(passes, query_tokens=self.probe_tokens)
        read = probing.sentence_prompt(image, text)
        summary = self.summary_token.expand(len(image), -1, -1)
        states = self.layers(torch.cat([summary, read.to(summary.dtype)], dim=1))
        return F.softplus(self.mlp(states[:, 0]).float())

"""Texts that have looked at the image: the text branch of the v1 neck.

Letters: B images, K texts, T text width, M heads, D channels per head, L levels,
P patches of all levels (L x pool_size^2).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.errors import InputValueError


@MODELS.register_module()
class ImagePoolingAttentionModule(BaseModule):
    """Update every text by attention over a few max-pooled patches of the image.

    Each level is projected to ``embed_channels`` and pooled to ``pool_size`` x
    ``pool_size`` patches; the texts query the patches of all levels. The result
    is added to the text as it came in, times ``scale``.

    Args:
        image_channels: channels per level, fine to coarse.
        text_channels: T.
        embed_channels: width of queries, keys and values, split over the heads.
        with_scale: learn ``scale``, starting at 0; otherwise it is 1.
        num_feats: L.
        num_heads: M; divides ``embed_channels``.
        pool_size: patches per side of a level.
        use_einsum: part of the published interface, without effect: the attention is
            two matrix products, which every exporter knows.

    Raises:
        InputValueError: ``num_heads`` does not divide ``embed_channels``, or
            ``num_feats`` is not the number of ``image_channels``.

    Source: YOLO-World, arXiv:2401.17270, image-pooling attention.
    """

    def __init__(
        self,
        image_channels: Sequence[int],
        text_channels: int,
        embed_channels: int,
        with_scale: bool = False,
        num_feats: int = 3,
        num_heads: int = 8,
        pool_size: int = 3,
        use_einsum: bool = True,
    ) -> None:
        super().__init__()
        if embed_channels % num_heads:
            raise InputValueError(
                f'ImagePoolingAttentionModule: num_heads={num_heads} must divide '
                f'embed_channels={embed_channels}.'
            )
        if len(image_channels) != num_feats:
            raise InputValueError(
                f'ImagePoolingAttentionModule: expected image_channels for {num_feats} levels '
                f'(num_feats), found {list(image_channels)}.'
            )
        self.num_heads = num_heads
        self.pool_size = pool_size
        self.projections = nn.ModuleList(
            ConvModule(channels, embed_channels, 1, act_cfg=None) for channels in image_channels
        )
        self.query = _normalised_linear(text_channels, embed_channels)
        self.key = _normalised_linear(embed_channels, embed_channels)
        self.value = _normalised_linear(embed_channels, embed_channels)
        self.proj = nn.Linear(embed_channels, text_channels)
        self.scale = nn.Parameter(torch.zeros(1)) if with_scale else 1.0

    def forward(self, text_feats: Tensor, img_feats: Sequence[Tensor]) -> Tensor:
        """Texts (B, K, T) and L maps (B, C_i, H_i, W_i), fine to coarse, to texts (B, K, T)."""
        patches = [
            max_pool_to_grid(project(feat), self.pool_size).flatten(2)
            for project, feat in zip(self.projections, img_feats, strict=True)
        ]
        patches = torch.cat(patches, dim=2).transpose(1, 2)
        heads = (self.num_heads, -1)
        query = self.query(text_feats).unflatten(2, heads)
        key = self.key(patches).unflatten(2, heads)
        value = self.value(patches).unflatten(2, heads)
        return self.proj(self._attend(query, key, value)) * self.scale + text_feats

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """query (B, K, M, D), key and value (B, P, M, D) to (B, K, M * D)."""
        weight = query.transpose(1, 2) @ key.permute(0, 2, 3, 1)
        weight = (weight / query.shape[-1] ** 0.5).softmax(dim=-1)
        return (weight @ value.transpose(1, 2)).transpose(1, 2).flatten(2)


def max_pool_to_grid(feat: Tensor, size: int) -> Tensor:
    """Maximum of every cell of a ``size`` x ``size`` grid: (B, C, H, W) to (B, C, size, size).

    The cells are those of ``torch.nn.AdaptiveMaxPool2d``, which exporters refuse where
    ``size`` does not divide H and W (80 to 3). Slices do the same.
    """
    for axis in (2, 3):
        length = feat.shape[axis]
        cells = []
        for cell in range(size):
            # Rounded up without a negative number: exported integer division truncates.
            start, end = cell * length // size, ((cell + 1) * length + size - 1) // size
            cells.append(feat.narrow(axis, start, end - start).amax(dim=axis))
        feat = torch.stack(cells, dim=axis)
    return feat


def _normalised_linear(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(in_channels), nn.Linear(in_channels, out_channels))

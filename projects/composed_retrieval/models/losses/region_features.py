"""What the regions of pairs are compared by: pooled patches, or what the Q-Former reads of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from composed_retrieval.models.layers.token_grid import TokenGrid, with_class_token
from composed_retrieval.models.layers.unit_vectors import unit_vectors

# V pairs with boxes on both sides, Q vectors that look, R regions of targets, T tokens, C width,
# K vectors of a region, D width of features


@dataclass(frozen=True)
class RegionPairs:
    """Pairs of this process with boxes on both sides.

    Attributes:
        num_tokens: K of a picture.
        reference, target: (V, T, C) behind the trunk's layer norm.
        reference_boxes, target_boxes: V x (n, 4), n >= 1, xyxy in pixels of the input.
        queries: (V, D), what the model reads of reference and text.
        grid: of the tokens.
        read_picture: (image (V, T, C), token mask (V, T)) -> features (V, K, D).
    """

    num_tokens: int
    reference: Tensor
    target: Tensor
    reference_boxes: Sequence[Tensor]
    target_boxes: Sequence[Tensor]
    queries: Tensor
    grid: TokenGrid
    read_picture: Callable[[Tensor, Tensor], Tensor]

    @property
    def num_pairs(self) -> int:
        """V."""
        return len(self.queries)


@dataclass(frozen=True)
class RegionFeatures:
    """Vectors of V pairs, L2-normalised; a pair may have several on each side.

    Attributes:
        num_pairs: V.
        queries: (Q, D); query_pairs: (Q,) int64, whose they are.
        regions: (R, K, D); region_pairs: (R,) int64.
    """

    num_pairs: int
    queries: Tensor
    query_pairs: Tensor
    regions: Tensor
    region_pairs: Tensor


class PatchRegionFeatures(nn.Module):
    """RoIAlign of patch tokens, projected; neither text nor Q-Former has a part in it.

    Args:
        image_width, feature_width: C and D.
        each_box: a vector for each box, else their normalised mean.
        bins: of RoIAlign, along a side.
    """

    def __init__(self, image_width: int, feature_width: int, *, each_box: bool, bins: int) -> None:
        super().__init__()
        self.projection = nn.Linear(image_width, feature_width)
        self.each_box = each_box
        self.bins = bins

    def forward(self, pairs: RegionPairs) -> RegionFeatures:
        """Vectors of the boxes of both sides."""
        queries, query_pairs = self._side(pairs.reference, pairs.reference_boxes, pairs.grid)
        regions, region_pairs = self._side(pairs.target, pairs.target_boxes, pairs.grid)
        return RegionFeatures(pairs.num_pairs, queries, query_pairs, regions[:, None], region_pairs)

    def num_vectors(self, pairs: RegionPairs) -> int:
        """Of a region."""
        return 1

    def _side(
        self, image: Tensor, boxes: Sequence[Tensor], grid: TokenGrid
    ) -> tuple[Tensor, Tensor]:
        vectors = unit_vectors(self.projection(grid.pooled(image, boxes, self.bins)))
        counts = [len(own) for own in boxes]
        if self.each_box:
            return vectors, _pair_of_each(counts, image.device)
        means = torch.stack([own.mean(dim=0) for own in vectors.split(counts)])
        return unit_vectors(means), torch.arange(len(boxes), device=image.device)


class QFormerRegionFeatures(nn.Module):
    """The model's query against what the Q-Former reads of the patches in the target's boxes.

    Args:
        each_box: a reading for each box, else one of all boxes together.
    """

    def __init__(self, *, each_box: bool) -> None:
        super().__init__()
        self.each_box = each_box

    def forward(self, pairs: RegionPairs) -> RegionFeatures:
        """The queries, and regions of the targets."""
        device = pairs.target.device
        own = torch.arange(len(pairs.target), device=device)
        if self.each_box:
            cells = pairs.grid.touched(torch.cat(list(pairs.target_boxes)))
            region_pairs = _pair_of_each([len(boxes) for boxes in pairs.target_boxes], device)
        else:
            cells, region_pairs = pairs.grid.union(pairs.target_boxes), own
        mask = with_class_token(cells, 1.0)
        regions = pairs.read_picture(pairs.target[region_pairs], mask)
        return RegionFeatures(pairs.num_pairs, pairs.queries, own, regions, region_pairs)

    def num_vectors(self, pairs: RegionPairs) -> int:
        """Of a region."""
        return pairs.num_tokens


def _pair_of_each(counts: Sequence[int], device: torch.device) -> Tensor:
    counts = torch.tensor(counts, device=device)
    return torch.repeat_interleave(torch.arange(len(counts), device=device), counts)

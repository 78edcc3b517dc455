"""Regions that belong together are more similar than those of other pairs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor

from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.unit_vectors import best_token_similarity
from composed_retrieval.models.losses.region_features import (
    PatchRegionFeatures,
    QFormerRegionFeatures,
    RegionFeatures,
    RegionPairs,
)
from composed_retrieval.models.losses.relative_contrastive_loss import query_to_picture_loss
from vl_runtime.errors import InputValueError

FEATURE_LEVELS = ('patch', 'qformer')
MODES = ('mean', 'best_match')


@dataclass(frozen=True)
class RegionLoss:
    """The value of a batch.

    Attributes:
        value: a scalar; 0 with fewer than two pairs.
        num_pairs: pairs of all processes that had boxes on both sides.
    """

    value: Tensor
    num_pairs: int


@MODELS.register_module()
class RegionContrastLoss(BaseModule):
    """Contrast of regions over all pairs that have boxes on both sides.

    ``feature_level`` and ``mode`` say what is compared:

    ========  ==========  ===========================================================
    qformer   mean        the model's query with what the Q-Former reads of the patches
                          in the target's boxes: trains the Q-Former, respects the text
    qformer   best_match  the same with each box by itself; the best box counts
    patch     mean        projected mean vectors of the boxes of both sides
    patch     best_match  each reference box with its best target box, averaged
    ========  ==========  ===========================================================

    Pairs without boxes on both sides are left out; the order of boxes has no effect.

    Args:
        image_width, feature_width: of image tokens and features; ``ComposedRetriever`` gives
            them.
        feature_level, mode: see above.
        temperature: fixed; the learned one could make this loss small by itself.
        bins: of RoIAlign along a side (1, or 7 and their mean); for ``patch`` only.

    Raises:
        InputValueError: unknown ``feature_level`` or ``mode``.
    """

    def __init__(
        self,
        image_width: int,
        feature_width: int,
        *,
        feature_level: str = 'qformer',
        mode: str = 'mean',
        temperature: float = 0.07,
        bins: int = 1,
    ) -> None:
        super().__init__()
        for name, value, known in (
            ('feature_level', feature_level, FEATURE_LEVELS),
            ('mode', mode, MODES),
        ):
            if value not in known:
                raise InputValueError(
                    f'model.region_loss.{name}: expected one of {", ".join(known)}, found '
                    f'{value!r}.'
                )
        each_box = mode == 'best_match'
        self.temperature = temperature
        self.features = (
            QFormerRegionFeatures(each_box=each_box)
            if feature_level == 'qformer'
            else PatchRegionFeatures(image_width, feature_width, each_box=each_box, bins=bins)
        )

    def forward(self, pairs: RegionPairs) -> RegionFeatures:
        """The vectors of this process's pairs; all processes compute them before any gathers."""
        if pairs.num_pairs:
            return self.features(pairs)
        # Every process takes part in the backward pass, so nothing still hangs on the weights.
        nothing = pairs.queries + sum(weight.sum() for weight in self.parameters())
        own = torch.zeros(0, dtype=torch.int64, device=nothing.device)
        num_vectors = self.features.num_vectors(pairs)
        regions = nothing[:, None].expand(-1, num_vectors, -1)
        return RegionFeatures(0, nothing, own, regions, own)

    def loss(self, features: RegionFeatures, identities: Tensor | None = None) -> RegionLoss:
        """Cross-entropy over the pairs of all processes; every process must call it.

        Args:
            features: what ``forward`` gave.
            identities: (V,) int64 of this process's pairs, equal for equal target pictures,
                which then are no negatives of each other.
        """
        device = features.queries.device
        rows = ProcessRows.of(features.num_pairs, device)
        region_rows = ProcessRows.of(len(features.regions), device)
        regions = region_rows.gather(features.regions)
        region_pairs = region_rows.gather(features.region_pairs + rows.first)
        if identities is not None:
            identities = rows.gather(identities.to(device))
        similarity = best_token_similarity(features.queries, regions)
        if rows.total < 2:
            return RegionLoss(similarity.sum() * 0, rows.total)
        scores = _pair_scores(similarity, features, region_pairs, rows.total)
        value = query_to_picture_loss(scores / self.temperature, rows, identities)
        return RegionLoss(value, rows.total)


def _pair_scores(
    similarity: Tensor, features: RegionFeatures, region_pairs: Tensor, total: int
) -> Tensor:
    """(V, N): the best region of each of N pairs, averaged over the vectors of a pair that look."""
    best = similarity.new_zeros(len(similarity), total).scatter_reduce(
        1, region_pairs.expand_as(similarity), similarity, 'amax', include_self=False
    )
    summed = best.new_zeros(features.num_pairs, total).index_add(0, features.query_pairs, best)
    counts = torch.bincount(features.query_pairs, minlength=features.num_pairs)
    return summed / counts[:, None]

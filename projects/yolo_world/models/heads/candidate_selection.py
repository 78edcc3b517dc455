"""From dense class scores to a short list of candidates in the original picture.

Letters: B images, K classes, P priors, N candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.config import ConfigDict
from torch import Tensor


def select_candidates(
    scores: Tensor,
    *,
    score_threshold: float,
    max_candidates: int,
    multi_label: bool,
    visible: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Keep the (prior, class) pairs above the threshold, best first.

    Index tensors are built for the pairs above the threshold only, and no more
    than ``max_candidates`` are sorted: 1203 classes on 8400 priors are ten
    million pairs.

    Args:
        scores: (K, P), 0..1.
        score_threshold: pairs at or below it are dropped.
        max_candidates: keep at most so many.
        multi_label: every class of a prior is a candidate; otherwise its best one.
        visible: (K,) bool; False for padding and background texts, which may
            win a prior but are never a candidate.

    Returns:
        scores (N,), classes (N,) int64, prior indexes (N,) int64.
    """
    num_priors = scores.shape[1]
    if multi_label:
        above = scores > score_threshold
        if visible is not None:
            above &= visible[:, None]
        pairs = above.flatten().nonzero().squeeze(1)
        best = scores.flatten()[pairs]
        classes, priors = pairs // num_priors, pairs % num_priors
    else:
        best, classes = scores.max(dim=0)
        above = best > score_threshold
        if visible is not None:
            above &= visible[classes]
        priors = above.nonzero().squeeze(1)
        best, classes = best[priors], classes[priors]
    if len(best) > max_candidates:
        best, order = torch.topk(best, max_candidates)
    else:
        best, order = best.sort(descending=True, stable=True)
    return best, classes[order], priors[order]


def weigh_by_objectness(scores: Tensor, objectnesses: Sequence[Tensor], cfg: ConfigDict) -> Tensor:
    """Scale scores (B, K, P); a prior whose objectness fails the threshold scores -1."""
    objectness = torch.cat([x.flatten(2) for x in objectnesses], 2).float().sigmoid()
    weighed = scores * objectness
    threshold = cfg.get('score_thr', -1)
    if threshold > 0 and not cfg.get('yolox_style', False):
        weighed = weighed.masked_fill(objectness <= threshold, -1.0)
    return weighed


def to_original_frame(boxes: Tensor, meta: dict) -> Tensor:
    """Take padding and scaling of the test pipeline off boxes (N, 4) xyxy."""
    if meta.get('pad_param') is not None:
        top, _, left, _ = meta['pad_param']
        boxes = boxes - boxes.new_tensor([left, top, left, top])
    width_scale, height_scale = meta['scale_factor']
    return boxes / boxes.new_tensor([width_scale, height_scale, width_scale, height_scale])

"""From the scores and boxes of all priors to detections, for networks that stop there.

Letters: P priors, K classes, N detections, R bins per box side, H x W grid of a level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from mmengine.structures import InstanceData
from torch import Tensor
from torchvision.ops import batched_nms


def prior_centres(image_size: tuple[int, int], strides: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Cell centres (P, 2) in pixels and strides (P, 1) of all levels, row by row.

    Args:
        image_size: (height, width).
        strides: of the levels, fine to coarse.
    """
    centres, sizes = [], []
    for stride in strides:
        y = (torch.arange(image_size[0] // stride) + 0.5) * stride
        x = (torch.arange(image_size[1] // stride) + 0.5) * stride
        grid_y, grid_x = torch.meshgrid(y, x, indexing='ij')
        centres.append(torch.stack([grid_x.flatten(), grid_y.flatten()], dim=1))
        sizes.append(torch.full((len(centres[-1]), 1), float(stride)))
    return torch.cat(centres), torch.cat(sizes)


def decode_distances(distances: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Boxes xyxy in pixels from left, top, right, bottom in strides, (..., P, 4)."""
    offsets = distances * strides
    return torch.cat([centres - offsets[..., :2], centres + offsets[..., 2:]], dim=-1)


def split_level(level: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """Logits (B, P_i, K) and distances (B, P_i, 4) of one map (B, K + 4 or K + 4 R, H, W)."""
    flat = level.flatten(2).transpose(1, 2)
    logits, boxes = flat[..., :num_classes], flat[..., num_classes:]
    bins = boxes.shape[-1] // 4
    if bins > 1:
        weights = boxes.unflatten(-1, (4, bins)).softmax(dim=-1)
        boxes = (weights * torch.arange(bins)).sum(dim=-1)
    return logits, boxes


def detections_of_image(
    scores: Tensor,
    boxes: Tensor,
    *,
    thresholds: Mapping,
    visible: Tensor | None = None,
) -> InstanceData:
    """``bboxes`` (N, 4), ``scores`` (N,) and ``labels`` (N,) of one image, best first.

    Args:
        scores: (P, K), 0..1.
        boxes: (P, 4) xyxy.
        thresholds: ``score_threshold``, ``iou_threshold``, ``pre_top_k``, ``keep_top_k`` and
            ``multi_label`` as in ``OnnxMetadata``.
        visible: (K,) bool, False for a background text.
    """
    allowed = scores > thresholds['score_threshold']
    if not thresholds['multi_label']:
        allowed &= torch.zeros_like(allowed).scatter(1, scores.argmax(1, keepdim=True), True)
    if visible is not None:
        allowed &= visible
    priors, labels = allowed.nonzero(as_tuple=True)
    values, order = scores[priors, labels].sort(descending=True, stable=True)
    order, values = order[: thresholds['pre_top_k']], values[: thresholds['pre_top_k']]
    priors, labels = priors[order], labels[order]
    kept = batched_nms(boxes[priors], values, labels, thresholds['iou_threshold'])
    kept = kept[: thresholds['keep_top_k']]
    return InstanceData(bboxes=boxes[priors[kept]], scores=values[kept], labels=labels[kept])


def to_original_picture(found: InstanceData, meta: Mapping) -> InstanceData:
    """Take padding and scaling of the test pipeline off the boxes; clip them to the picture."""
    boxes = found.bboxes
    if meta.get('pad_param') is not None:
        top, _, left, _ = (float(side) for side in meta['pad_param'])
        boxes = boxes - boxes.new_tensor([left, top, left, top])
    boxes = boxes / boxes.new_tensor(meta['scale_factor']).repeat(2)
    height, width = meta['ori_shape'][:2]
    limit = boxes.new_tensor([width, height, width, height])
    found.bboxes = boxes.clamp(min=0).minimum(limit)
    return found

"""ONNX's NonMaxSuppression as a torch function, with the same result in torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torchvision.ops import nms


class SuppressionOp(torch.autograd.Function):
    """Greedy suppression of every image and class by itself.

    Arguments of ``apply``: boxes (B, C, 4) xyxy; scores (B, K, C); most boxes of a class;
    IoU above which the worse box goes; score that a box must exceed. Returns rows (n, 3) of
    image, class and box index, int64: by image, by class, best first.
    """

    @staticmethod
    def forward(
        ctx: Any,
        boxes: Tensor,
        scores: Tensor,
        max_per_class: int,
        iou_threshold: float,
        score_threshold: float,
    ) -> Tensor:
        """The rows, computed by torchvision's suppression."""
        rows = [boxes.new_zeros((0, 3), dtype=torch.int64)]
        above = scores > score_threshold
        for image, label in above.any(dim=2).nonzero().tolist():
            index = above[image, label].nonzero().squeeze(1)
            kept = nms(boxes[image, index], scores[image, label, index], iou_threshold)
            kept = index[kept[:max_per_class]]
            head = kept.new_tensor([image, label]).expand(len(kept), 2)
            rows.append(torch.cat([head, kept[:, None]], dim=1))
        return torch.cat(rows)

    @staticmethod
    def symbolic(
        g: Any,
        boxes: Any,
        scores: Any,
        max_per_class: int,
        iou_threshold: float,
        score_threshold: float,
    ) -> Any:
        """The ONNX node; its boxes may name the corners in any order of the axes."""
        return g.op(
            'NonMaxSuppression',
            boxes,
            scores,
            g.op('Constant', value_t=torch.tensor([max_per_class])),
            g.op('Constant', value_t=torch.tensor([float(iou_threshold)])),
            g.op('Constant', value_t=torch.tensor([float(score_threshold)])),
        )

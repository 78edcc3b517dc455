"""Graph output with suppression inside: padded detections of a fixed shape.

Letters: B images, P priors, K classes, C candidates of an image, D detections of an image.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from yolo_world.export.decoded_outputs import DecodedOutputs
from yolo_world.export.suppression_op import SuppressionOp


class DetectionOutputs(nn.Module):
    """``num_dets`` (B, 1), ``boxes`` (B, D, 4), ``scores`` (B, D), ``labels`` (B, D).

    The best D detections of each image, best first; boxes are xyxy in pixels of the input,
    ``num_dets`` and ``labels`` int32. Behind ``num_dets`` the boxes and scores are 0 and the
    labels -1, so that the shapes are the same when nothing is found.

    The scores and boxes of all priors are put out too (``dense_scores``, ``dense_boxes``):
    the comparison with the detector looks at them; the export takes them off the file.

    Args:
        decoded: the graph up to here.
        score_threshold: pairs of prior and class at or below it are no candidates; 0 or more.
        iou_threshold: of suppression within a class.
        pre_top_k: C, the best pairs of an image that take part.
        keep_top_k: D.
        multi_label: every class of a prior is a candidate; otherwise its best one.
        visible: for each class, whether it may be predicted (the background text may not).
            None if all may.
    """

    names: tuple[str, ...] = ('num_dets', 'boxes', 'scores', 'labels')
    dense_names: tuple[str, ...] = ('dense_scores', 'dense_boxes')

    def __init__(
        self,
        decoded: DecodedOutputs,
        *,
        score_threshold: float,
        iou_threshold: float,
        pre_top_k: int,
        keep_top_k: int,
        multi_label: bool = True,
        visible: Sequence[bool] | None = None,
    ) -> None:
        super().__init__()
        self.decoded = decoded
        self.score_threshold = score_threshold
        self.iou_threshold = iou_threshold
        self.pre_top_k = pre_top_k
        self.keep_top_k = keep_top_k
        self.multi_label = multi_label
        # A small picture may have fewer pairs than candidates are asked for.
        self.num_padded = max(0, pre_top_k - len(decoded.centres))
        allowed = None if visible is None or all(visible) else torch.tensor(list(visible)).float()
        self.register_buffer('visible', allowed)

    def forward(self, images: Tensor, text_embeds: Tensor | None = None) -> tuple[Tensor, ...]:
        """Detections, and the dense outputs."""
        scores, boxes = self.decoded(images, text_embeds)
        # Asked of the input: the exporter takes K of a computed tensor for a constant.
        num_classes = scores.shape[2] if text_embeds is None else text_embeds.shape[1]
        return (*self.suppress(scores, boxes, num_classes), scores, boxes)

    def suppress(self, scores: Tensor, boxes: Tensor, num_classes: int) -> tuple[Tensor, ...]:
        """Detections from scores (B, P, K), boxes (B, P, 4) and K."""
        best, labels, priors = self._candidates(scores, num_classes)
        boxes = boxes.gather(1, priors[..., None].expand(-1, -1, 4))
        classes = torch.arange(num_classes, device=scores.device)
        # (B, K, C): a candidate has a score in the row of its class only.
        by_class = torch.where(
            labels[:, None, :] == classes[None, :, None], best[:, None, :], best.new_zeros(())
        )
        chosen = SuppressionOp.apply(
            boxes, by_class, self.keep_top_k, self.iou_threshold, self.score_threshold
        )
        position = chosen[:, 0] * self.pre_top_k + chosen[:, 2]
        kept = torch.zeros_like(best).flatten()
        kept = kept.scatter(0, position, torch.ones_like(position).to(best.dtype))
        return self._padded(best * kept.view_as(best), boxes, labels)

    def _candidates(self, scores: Tensor, num_classes: int) -> tuple[Tensor, Tensor, Tensor]:
        """Scores, classes and priors (B, C) of the best pairs, best first."""
        num_priors = len(self.decoded.centres)
        if not self.multi_label:
            scores = scores * (scores == scores.amax(dim=2, keepdim=True)).to(scores.dtype)
        if self.visible is not None:
            scores = scores * self.visible
        best, pairs = F.pad(scores.flatten(1), (0, self.num_padded)).topk(self.pre_top_k)
        priors = torch.div(pairs, num_classes, rounding_mode='floor')
        labels = pairs - priors * num_classes
        if self.num_padded:
            # Padded pairs have the score 0; any prior will do. (No clamp: opset 11 has none.)
            priors = torch.where(priors < num_priors, priors, torch.zeros_like(priors))
        return best, labels, priors

    def _padded(self, scores: Tensor, boxes: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        scores, order = scores.topk(self.keep_top_k)
        valid = scores > 0
        boxes = boxes.gather(1, order[..., None].expand(-1, -1, 4)) * valid[..., None]
        labels = torch.where(valid, labels.gather(1, order), -torch.ones_like(order))
        return valid.sum(dim=1, keepdim=True).int(), boxes, scores, labels.int()

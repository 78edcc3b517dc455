"""Task-aligned assignment that also tells which ground truth a prior got.

Letters: B images, G ground truths (padded), P priors, K classes.
"""

from __future__ import annotations

import torch
from mmengine.registry import TASK_UTILS
from mmyolo.models.task_modules.assigners import BatchTaskAlignedAssigner
from mmyolo.models.task_modules.assigners.utils import select_highest_overlaps
from torch import Tensor, nn

from vl_runtime.errors import InputValueError


@TASK_UTILS.register_module()
class YOLOWorldSegAssigner(BatchTaskAlignedAssigner):
    """mmyolo's ``BatchTaskAlignedAssigner`` with one more result, ``assigned_gt_idxs``.

    The index (B, P), int64, says which of the image's G ground truths a prior
    was matched to; it has a meaning only where ``fg_mask_pre_prior`` is true.
    Without any ground truth the entry is absent.
    """

    @torch.no_grad()
    def forward(
        self,
        pred_bboxes: Tensor,
        pred_scores: Tensor,
        priors: Tensor,
        gt_labels: Tensor,
        gt_bboxes: Tensor,
        pad_bbox_flag: Tensor,
    ) -> dict[str, Tensor]:
        """Assign ground truths to priors.

        Args:
            pred_bboxes: (B, P, 4) xyxy, pixels.
            pred_scores: (B, P, K), 0..1.
            priors: (P, 2 or more), point x and y first, pixels.
            gt_labels: (B, G, 1).
            gt_bboxes: (B, G, 4) xyxy, pixels.
            pad_bbox_flag: (B, G, 1), 1 for a ground truth and 0 for padding.

        Returns:
            ``assigned_labels`` (B, P), ``assigned_bboxes`` (B, P, 4),
            ``assigned_scores`` (B, P, K), ``fg_mask_pre_prior`` (B, P) bool and
            ``assigned_gt_idxs`` (B, P).
        """
        batch_size, num_gt = gt_bboxes.shape[:2]
        if num_gt == 0:
            return super().forward(
                pred_bboxes, pred_scores, priors, gt_labels, gt_bboxes, pad_bbox_flag
            )
        candidates, alignment, overlaps = self.get_pos_mask(
            pred_bboxes,
            pred_scores,
            priors[:, :2],
            gt_labels,
            gt_bboxes,
            pad_bbox_flag,
            batch_size,
            num_gt,
        )
        gt_indexes, foreground, matched = select_highest_overlaps(candidates, overlaps, num_gt)
        labels, boxes, one_hot = self.get_targets(
            gt_labels, gt_bboxes, gt_indexes, foreground, batch_size, num_gt
        )
        alignment = alignment * matched
        best_alignment = alignment.amax(dim=-1, keepdim=True)
        best_overlap = (overlaps * matched).amax(dim=-1, keepdim=True)
        quality = (alignment * best_overlap / (best_alignment + self.eps)).amax(dim=-2)
        return {
            'assigned_labels': labels,
            'assigned_bboxes': boxes,
            'assigned_scores': one_hot * quality.unsqueeze(-1),
            'fg_mask_pre_prior': foreground.bool(),
            'assigned_gt_idxs': gt_indexes,
        }


def with_gt_indexes(assigner: nn.Module) -> YOLOWorldSegAssigner:
    """The same rules, with ``assigned_gt_idxs`` in the result.

    Args:
        assigner: a ``BatchTaskAlignedAssigner``, or one that has the indexes already.

    Raises:
        InputValueError: it is another kind of assigner.
    """
    if isinstance(assigner, YOLOWorldSegAssigner):
        return assigner
    if type(assigner) is not BatchTaskAlignedAssigner:
        raise InputValueError(
            f'train_cfg.assigner: masks need to know which object a prior was matched to; '
            f'expected YOLOWorldSegAssigner or BatchTaskAlignedAssigner, found '
            f'{type(assigner).__name__}.'
        )
    names = ('num_classes', 'topk', 'alpha', 'beta', 'eps', 'use_ciou')
    return YOLOWorldSegAssigner(**{name: getattr(assigner, name) for name in names})

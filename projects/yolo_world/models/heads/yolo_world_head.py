"""YOLO-World's detection head: losses, and boxes from class logits.

Letters: B images, K texts, P priors of all levels, D embedding width,
R bins per box side, H x W grid of a level, N detections of an image.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from mmdet.models.utils import unpack_gt_instances
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.dist import get_world_size
from mmengine.registry import MODELS
from mmengine.structures import InstanceData
from mmyolo.models.dense_heads import YOLOv8Head
from torch import Tensor

from yolo_world.models.heads.candidate_selection import (
    select_candidates,
    to_original_frame,
    weigh_by_objectness,
)
from yolo_world.models.heads.ground_truth_packing import pack_ground_truth, rows_from_instances

# Greedy suppression decides from the best box down, so the first `max_per_img` survivors
# are usually found among a few times as many candidates.
FIRST_PASS_FACTOR = 10


@MODELS.register_module()
class YOLOWorldHead(YOLOv8Head):
    """mmyolo's ``YOLOv8Head`` whose classes are the texts of the batch.

    The number of classes is the channel count of the logits; nothing of the head
    changes when the vocabulary does.

    Args:
        world_size: factor of the losses besides the batch size; -1 takes the
            number of processes.
        *args, **kwargs: of ``YOLOv8Head`` (``head_module``, ``prior_generator``,
            ``bbox_coder``, ``loss_cls``, ``loss_bbox``, ``loss_dfl``,
            ``train_cfg``, ``test_cfg``, ``init_cfg``).

    Source: YOLO-World, arXiv:2401.17270; losses and assignment as in YOLOv8.
    """

    def __init__(self, world_size: int = -1, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.world_size = world_size

    def forward(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None = None,
    ) -> tuple[list[Tensor], ...]:
        """Logits and boxes per level; see ``YOLOWorldHeadModule.forward``."""
        return self.head_module(img_feats, txt_feats, txt_masks)

    def loss(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None,
        batch_data_samples: dict | list[DetDataSample],
    ) -> dict[str, Tensor]:
        """Losses of a batch; see ``loss_by_feat``.

        Args:
            img_feats: one (B, C_i, H, W) map per level.
            txt_feats: (B, K, D).
            txt_masks: (B, K), 0 for padding texts, or None.
            batch_data_samples: the collated dict (``bboxes_labels``,
                ``img_metas``) or a list of data samples.
        """
        outs = self(img_feats, txt_feats, txt_masks)
        return self.loss_by_feat(*outs, txt_masks, *ground_truth_of(batch_data_samples))

    def loss_and_predict(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None,
        batch_data_samples: list[DetDataSample],
        proposal_cfg: ConfigDict | None = None,
    ) -> tuple[dict[str, Tensor], list[InstanceData]]:
        """Losses and detections from one pass (the head is in training mode)."""
        outs = self(img_feats, txt_feats, txt_masks)
        ground_truth, metas = ground_truth_of(batch_data_samples)
        losses = self.loss_by_feat(*outs, txt_masks, ground_truth, metas)
        return losses, self.predict_by_feat(*outs[:2], batch_img_metas=metas, cfg=proposal_cfg)

    def predict(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None,
        batch_data_samples: list[DetDataSample],
        rescale: bool = False,
        visible_classes: Tensor | None = None,
    ) -> list[InstanceData]:
        """Detections of every image.

        Args:
            img_feats, txt_feats, txt_masks: see ``loss``.
            batch_data_samples: their metainfo says how the image was resized.
            rescale: boxes in pixels of the original image.
            visible_classes: (B, K) bool, False for texts that are no answer
                (padding, background); None if all are.
        """
        metas = [sample.metainfo for sample in batch_data_samples]
        return self.predict_by_feat(
            *self(img_feats, txt_feats, txt_masks),
            batch_img_metas=metas,
            rescale=rescale,
            visible_classes=visible_classes,
        )

    def aug_test(self, *args, **kwargs) -> None:
        """Test-time augmentation is a model wrapper's job, not the head's."""
        raise NotImplementedError('YOLOWorldHead has no aug_test; wrap the detector instead.')

    # ------------------------------------------------------------------ loss

    def loss_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        bbox_dist_preds: Sequence[Tensor],
        batch_text_masks: Tensor | None,
        batch_gt_instances: Tensor | Sequence[InstanceData],
        batch_img_metas: Sequence[dict],
        batch_gt_instances_ignore: Sequence[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Classification, box and distribution loss, computed in float32.

        Args:
            cls_scores: logits (B, K, H, W) per level.
            bbox_preds: distances (B, 4, H, W) per level, in strides.
            bbox_dist_preds: (B, H*W, 4, R) per level.
            batch_text_masks: (B, K); a 0 takes that text's column out of the
                classification loss. None counts all columns.
            batch_gt_instances: rows (M, 6) of (image, class, x1, y1, x2, y2) in
                pixels, or one ``InstanceData`` per image.
            batch_img_metas: one dict per image; none of their entries is needed.
            batch_gt_instances_ignore: not used by this loss.

        Returns:
            ``loss_cls``, ``loss_bbox``, ``loss_dfl``, each multiplied by
            B x world size.
        """
        batch_size, num_classes = cls_scores[0].shape[:2]
        logits = torch.cat([x.flatten(2) for x in cls_scores], 2).transpose(1, 2).float()
        distances = torch.cat([x.flatten(2) for x in bbox_preds], 2).transpose(1, 2).float()
        distributions = torch.cat([x.flatten(2) for x in bbox_dist_preds], 1).float()
        priors, strides = self._priors(cls_scores)
        boxes = self.bbox_coder.decode(priors, distances, strides)

        if not isinstance(batch_gt_instances, Tensor):
            batch_gt_instances = rows_from_instances(batch_gt_instances)
        ground_truth = pack_ground_truth(batch_gt_instances.float(), batch_size, num_classes)
        assigned = self._assigner_for(num_classes)(
            boxes.detach(), logits.detach().sigmoid(), priors, *ground_truth
        )
        target_sum = assigned['assigned_scores'].sum().clamp(min=1)

        loss_cls = self.loss_cls(logits, assigned['assigned_scores'])
        if batch_text_masks is not None:
            loss_cls = loss_cls * batch_text_masks[:, None, :]
        loss_bbox, loss_dfl = self._box_losses(
            boxes, distributions, priors, strides, assigned, target_sum
        )
        world_size = get_world_size() if self.world_size == -1 else self.world_size
        factor = batch_size * world_size
        return {
            'loss_cls': loss_cls.sum() / target_sum * factor,
            'loss_bbox': loss_bbox * factor,
            'loss_dfl': loss_dfl * factor,
        }

    def _assigner_for(self, num_classes: int) -> torch.nn.Module:
        """The configured assigner, counting as many classes as the batch has texts.

        Its rules don't depend on the number, and the number of texts may change from one
        recipe or batch to the next.
        """
        assigner = copy.copy(self.assigner)
        assigner.num_classes = num_classes
        return assigner

    def _priors(self, level_maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Points (P, 2) in pixels and strides (P,) of all levels, float32."""
        priors = self.prior_generator.grid_priors(
            [level.shape[2:] for level in level_maps],
            dtype=torch.float32,
            device=level_maps[0].device,
            with_stride=True,
        )
        priors = torch.cat(priors)
        return priors[:, :2], priors[:, 2]

    def _box_losses(
        self,
        boxes: Tensor,
        distributions: Tensor,
        priors: Tensor,
        strides: Tensor,
        assigned: dict[str, Tensor],
        target_sum: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Box and distribution loss of the positive priors, in units of their stride.

        ``boxes`` is (B, P, 4) in pixels, ``distributions`` (B, P, 4 * R).
        """
        image, prior = assigned['fg_mask_pre_prior'].nonzero(as_tuple=True)
        if len(prior) == 0:
            nothing = boxes.sum() * 0
            return nothing, nothing
        stride = strides[prior, None]
        target = assigned['assigned_bboxes'][image, prior] / stride
        weight = assigned['assigned_scores'][image, prior].sum(-1, keepdim=True)
        loss_bbox = self.loss_bbox(boxes[image, prior] / stride, target, weight=weight)
        sides = self.bbox_coder.encode(
            priors[prior] / stride, target, max_dis=self.head_module.reg_max - 1, eps=0.01
        )
        loss_dfl = self.loss_dfl(
            distributions[image, prior].reshape(-1, self.head_module.reg_max),
            sides.reshape(-1),
            weight=weight.expand(-1, 4).reshape(-1),
            avg_factor=target_sum,
        )
        return loss_bbox / target_sum, loss_dfl

    # --------------------------------------------------------------- predict

    def predict_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor] | None = None,
        batch_img_metas: Sequence[dict] | None = None,
        cfg: ConfigDict | None = None,
        rescale: bool = True,
        with_nms: bool = True,
        visible_classes: Tensor | None = None,
    ) -> list[InstanceData]:
        """Turn logits and distances into detections.

        Args:
            cls_scores: logits (B, K, H, W) per level.
            bbox_preds: distances (B, 4, H, W) per level, in strides.
            objectnesses: logits (B, 1, H, W) per level that scale the scores.
            batch_img_metas: per image ``ori_shape``, ``scale_factor`` (w, h) and,
                if it was padded, ``pad_param`` (top, bottom, left, right).
            cfg: replaces ``test_cfg``: ``score_thr``, ``nms_pre``, ``nms``,
                ``max_per_img``, ``multi_label``, ``yolox_style``.
            rescale: boxes in pixels of the original image.
            with_nms: suppress overlapping boxes and apply ``max_per_img``.
            visible_classes: see ``predict``.

        Returns:
            Per image ``bboxes`` (N, 4) xyxy, ``scores`` (N,), ``labels`` (N,),
            best first.
        """
        cfg = ConfigDict(self.test_cfg if cfg is None else cfg)
        scores = torch.cat([x.flatten(2) for x in cls_scores], 2).float().sigmoid()
        distances = torch.cat([x.flatten(2) for x in bbox_preds], 2).transpose(1, 2).float()
        priors, strides = self._priors(cls_scores)
        boxes = self.bbox_coder.decode(priors, distances, strides)
        if objectnesses is not None:
            scores = weigh_by_objectness(scores, objectnesses, cfg)
        results = []
        for image, meta in enumerate(batch_img_metas):
            visible = None if visible_classes is None else visible_classes[image]
            score, label, prior = select_candidates(
                scores[image],
                score_threshold=cfg.get('score_thr', -1),
                max_candidates=cfg.get('nms_pre', 100000),
                multi_label=cfg.get('multi_label', True),
                visible=visible,
            )
            candidates = InstanceData(scores=score, labels=label, bboxes=boxes[image, prior])
            if rescale:
                candidates.bboxes = to_original_frame(candidates.bboxes, meta)
            results.append(self._finish(candidates, meta, cfg, with_nms))
        return results

    def _finish(
        self, candidates: InstanceData, meta: dict, cfg: ConfigDict, with_nms: bool
    ) -> InstanceData:
        """Suppress overlaps, apply the limit, clip to the picture."""
        if cfg.get('yolox_style', False):
            cfg = ConfigDict({**cfg, 'max_per_img': len(candidates)})
        result = self._suppress(candidates, cfg) if with_nms else candidates
        height, width = meta['ori_shape'][:2]
        limit = result.bboxes.new_tensor([width, height, width, height])
        result.bboxes = result.bboxes.clamp(min=0).minimum(limit)
        return result

    def _suppress(self, candidates: InstanceData, cfg: ConfigDict) -> InstanceData:
        """Class-aware suppression of ``candidates``, which are sorted by score.

        Plain suppression looks at the best candidates first and at the rest only
        if they leave room, with the same result.
        """
        num_first = FIRST_PASS_FACTOR * cfg.max_per_img
        if cfg.nms.get('type', 'nms') == 'nms' and num_first < len(candidates):
            result = self._bbox_post_process(candidates[:num_first], cfg)
            if len(result) == cfg.max_per_img:
                return result
        return self._bbox_post_process(candidates, cfg)


def ground_truth_of(
    batch_data_samples: dict | list[DetDataSample],
) -> tuple[Tensor | list[InstanceData], list[dict]]:
    """Ground truths and metas of a collated batch or of a list of samples."""
    if isinstance(batch_data_samples, dict):
        return batch_data_samples['bboxes_labels'], batch_data_samples['img_metas']
    instances, _, metas = unpack_gt_instances(batch_data_samples)
    return instances, metas

"""YOLO-World's segmentation head: a mask for every detection.

Letters: B images, K texts, P priors of all levels, M mask channels, N positives or
detections, G ground truths of the batch, H x W grid of the prototypes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.models.utils import unpack_gt_instances
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.dist import get_world_size
from mmengine.registry import MODELS
from mmengine.structures import InstanceData
from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import InputKeyError, InputValueError
from yolo_world.models.assigners import with_gt_indexes
from yolo_world.models.heads.candidate_selection import select_candidates, weigh_by_objectness
from yolo_world.models.heads.ground_truth_packing import rows_from_instances
from yolo_world.models.heads.mask_prediction import (
    PROTOTYPE_STRIDE,
    image_region,
    input_size,
    inside_boxes,
    logits_of_positives,
    predict_masks,
)
from yolo_world.models.heads.yolo_world_head import YOLOWorldHead

MASK_LOSS = {'type': 'mmdet.CrossEntropyLoss', 'use_sigmoid': True, 'reduction': 'none'}
# Fixed in the published loss, whatever the size of the input is.
AREA_UNIT = 640.0**2


@MODELS.register_module()
class YOLOWorldSegHead(YOLOWorldHead):
    """``YOLOWorldHead`` with a mask loss and masks among its predictions.

    Args:
        *args, **kwargs: of ``YOLOWorldHead``. The assigner may be mmyolo's
            ``BatchTaskAlignedAssigner`` or ``YOLOWorldSegAssigner``.
        mask_overlap: must be False: one mask per object, which may overlap (True, one
            map of object numbers per image, is mmyolo's default elsewhere).
        loss_mask: config of the loss of a pixel, without reduction.
        loss_mask_weight: factor of the mask loss.

    Raises:
        InputValueError: ``mask_overlap`` is True.

    Source: YOLO-World, arXiv:2401.17270, open-vocabulary instance segmentation.
    """

    def __init__(
        self,
        *args,
        mask_overlap: bool = False,
        loss_mask: dict = MASK_LOSS,
        loss_mask_weight: float = 0.05,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        if mask_overlap:
            raise InputValueError(
                'YOLOWorldSegHead: expected mask_overlap=False (one mask per object), found '
                'True; set it to False here and in Polygon2Mask.'
            )
        self.loss_mask = MODELS.build(loss_mask)
        self.loss_mask_weight = loss_mask_weight
        if self.train_cfg:
            self.assigner = with_gt_indexes(self.assigner)

    def loss(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None,
        batch_data_samples: dict | list[DetDataSample],
    ) -> dict[str, Tensor]:
        """Losses of a batch; see ``loss_by_feat``.

        Args:
            img_feats, txt_feats, txt_masks: see ``YOLOWorldHead.loss``.
            batch_data_samples: the collated dict (``bboxes_labels``, ``masks``,
                ``img_metas``) or a list of data samples whose instances have masks.

        Raises:
            InputKeyError: there are boxes and no masks.
        """
        outs = self(img_feats, txt_feats, txt_masks)
        return self.loss_by_feat(
            *outs, *_truth_with_masks(batch_data_samples), batch_text_masks=txt_masks
        )

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
        truth = _truth_with_masks(batch_data_samples)
        losses = self.loss_by_feat(*outs, *truth, batch_text_masks=txt_masks)
        logits, boxes, _, coefficients, prototypes = outs
        results = self.predict_by_feat(
            logits, boxes, None, coefficients, prototypes, truth[-1], cfg=proposal_cfg
        )
        return losses, results

    # ------------------------------------------------------------------ loss

    def loss_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        bbox_dist_preds: Sequence[Tensor],
        coeff_preds: Sequence[Tensor],
        proto_preds: Tensor,
        batch_gt_instances: Tensor | Sequence[InstanceData],
        batch_gt_masks: Tensor | None,
        batch_img_metas: Sequence[dict],
        batch_text_masks: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The three losses of ``YOLOWorldHead`` and ``loss_mask``, computed in float32.

        Args:
            cls_scores, bbox_preds, bbox_dist_preds, batch_gt_instances, batch_img_metas,
                batch_text_masks: see ``YOLOWorldHead.loss_by_feat``.
            coeff_preds: (B, M, H_i, W_i) per level.
            proto_preds: (B, M, H, W).
            batch_gt_masks: (G, h, w), one for each row of ``batch_gt_instances``, of
                the whole input image at any size; None without ground truths.

        Returns:
            ``loss_cls``, ``loss_bbox``, ``loss_dfl`` (times B x world size) and
            ``loss_mask`` (times world size): per positive prior, the pixel loss inside its
            box, averaged over the grid and divided by the box's share of the image; the
            mean over an image's positives, summed over images.
        """
        if not isinstance(batch_gt_instances, Tensor):
            batch_gt_instances = rows_from_instances(batch_gt_instances)
        losses, assigned = self._losses_and_assignment(
            cls_scores, bbox_preds, bbox_dist_preds, batch_text_masks, batch_gt_instances
        )
        coefficients = torch.cat([x.flatten(2) for x in coeff_preds], 2).transpose(1, 2).float()
        loss = self._mask_loss(
            coefficients, proto_preds.float(), assigned, batch_gt_instances, batch_gt_masks
        )
        world_size = get_world_size() if self.world_size == -1 else self.world_size
        losses['loss_mask'] = loss * self.loss_mask_weight * world_size
        return losses

    def _mask_loss(
        self,
        coefficients: Tensor,
        prototypes: Tensor,
        assigned: dict[str, Tensor],
        rows: Tensor,
        masks: Tensor | None,
    ) -> Tensor:
        """Sum over images of the mean mask loss of their positives.

        ``coefficients`` is (B, P, M), ``rows`` (G, 6), ``masks`` (G, h, w).
        """
        image, prior = assigned['fg_mask_pre_prior'].nonzero(as_tuple=True)
        if len(image) == 0:
            return coefficients.sum() * 0 + prototypes.sum() * 0
        # The assigner numbers the ground truths of an image; rows may come in any order.
        of_image = rows[:, 0].long()
        counts = torch.bincount(of_image, minlength=len(prototypes))
        first = counts.cumsum(0) - counts
        matched = assigned['assigned_gt_idxs'][image, prior]
        truth = of_image.argsort(stable=True)[first[image] + matched]

        with torch.autocast(prototypes.device.type, enabled=False):
            logits = logits_of_positives(prototypes, coefficients[image, prior], image)
        target = _at_size(masks, prototypes.shape[2:])[truth]
        boxes = rows[truth, 2:].float()
        pixels = self.loss_mask(logits, target) * inside_boxes(
            boxes / PROTOTYPE_STRIDE, *prototypes.shape[2:]
        )
        area = (boxes[:, 2:] - boxes[:, :2]).prod(1) / AREA_UNIT
        positives = torch.bincount(image, minlength=len(prototypes))[image]
        return (pixels.mean(dim=(1, 2)) / area / positives).sum()

    # --------------------------------------------------------------- predict

    def predict_by_feat(
        self,
        cls_scores: Sequence[Tensor],
        bbox_preds: Sequence[Tensor],
        objectnesses: Sequence[Tensor] | None = None,
        coeff_preds: Sequence[Tensor] | None = None,
        proto_preds: Tensor | None = None,
        batch_img_metas: Sequence[dict] | None = None,
        cfg: ConfigDict | None = None,
        rescale: bool = True,
        with_nms: bool = True,
        visible_classes: Tensor | None = None,
    ) -> list[InstanceData]:
        """Turn logits, distances and coefficients into detections with masks.

        Overlaps are suppressed before boxes are brought to the original picture.

        Args:
            cls_scores, bbox_preds, objectnesses, cfg, rescale, with_nms, visible_classes:
                see ``YOLOWorldHead.predict_by_feat``. ``cfg`` also has
                ``mask_thr_binary`` and ``fast_test``, see ``predict_masks``.
            coeff_preds, proto_preds: see ``loss_by_feat``.
            batch_img_metas: per image ``ori_shape`` and, if it was padded, ``img_shape``
                and ``pad_param``, see ``image_region``.

        Returns:
            Per image ``bboxes`` (N, 4) xyxy, ``scores`` (N,), ``labels`` (N,), best first,
            and ``masks`` (N, height, width) bool of the original picture, or of the
            network's input without ``rescale``.
        """
        cfg = ConfigDict(self.test_cfg if cfg is None else cfg)
        scores = torch.cat([x.flatten(2) for x in cls_scores], 2).float().sigmoid()
        distances = torch.cat([x.flatten(2) for x in bbox_preds], 2).transpose(1, 2).float()
        coefficients = torch.cat([x.flatten(2) for x in coeff_preds], 2).transpose(1, 2)
        priors, strides = self._priors(cls_scores)
        boxes = self.bbox_coder.decode(priors, distances, strides)
        if objectnesses is not None:
            scores = weigh_by_objectness(scores, objectnesses, cfg)
        results = []
        for image, meta in enumerate(batch_img_metas):
            score, label, prior = select_candidates(
                scores[image],
                score_threshold=cfg.get('score_thr', -1),
                max_candidates=cfg.get('nms_pre', 100000),
                multi_label=cfg.get('multi_label', True),
                visible=None if visible_classes is None else visible_classes[image],
            )
            found = InstanceData(
                scores=score,
                labels=label,
                bboxes=boxes[image, prior],
                coefficients=coefficients[image, prior],
            )
            if with_nms:
                found = self._suppressed(found, cfg)
            results.append(_finished(found, proto_preds[image], meta, cfg, rescale=rescale))
        return results

    def _suppressed(self, candidates: InstanceData, cfg: ConfigDict) -> InstanceData:
        if cfg.get('yolox_style', False):
            cfg = ConfigDict({**cfg, 'max_per_img': len(candidates)})
        return self._suppress(candidates, cfg)


def _finished(
    found: InstanceData, prototypes: Tensor, meta: dict, cfg: ConfigDict, *, rescale: bool
) -> InstanceData:
    """Masks instead of coefficients; boxes and masks in the frame that is wanted."""
    boxes = found.bboxes
    masks = predict_masks(
        prototypes, found.pop('coefficients'), boxes, meta, rescale=rescale, cfg=cfg
    )
    size = input_size(prototypes)
    height, width = meta['ori_shape'][:2] if rescale else size
    if rescale:
        top, bottom, left, right = image_region(meta, size)
        boxes = boxes - boxes.new_tensor([left, top, left, top])
        boxes = boxes / boxes.new_tensor([(right - left) / width, (bottom - top) / height] * 2)
    found.bboxes = boxes.clamp(min=0).minimum(boxes.new_tensor([width, height] * 2))
    found.masks = masks
    return found


def _at_size(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Masks (G, h, w) as float at the size of the prototypes."""
    masks = masks.float()
    if masks.shape[1:] == tuple(size):
        return masks
    return F.interpolate(masks[None], tuple(size), mode='nearest')[0]


def _truth_with_masks(
    batch_data_samples: dict | list[DetDataSample],
) -> tuple[Tensor, Tensor | None, list[dict]]:
    """Ground truth rows (G, 6), masks (G, h, w) or None, and metas of a batch."""
    if isinstance(batch_data_samples, dict):
        rows, metas = batch_data_samples['bboxes_labels'], batch_data_samples['img_metas']
        masks = batch_data_samples.get('masks')
    else:
        instances, _, metas = unpack_gt_instances(batch_data_samples)
        rows = rows_from_instances(instances)
        masks = [_as_tensor(part.masks, rows) for part in instances if 'masks' in part]
        masks = torch.cat(masks) if masks else None
    found = 0 if masks is None else len(masks)
    if found != len(rows):
        raise InputKeyError(
            f'YOLOWorldSegHead: expected a mask for each of the {len(rows)} boxes of this batch, '
            f'found {found}; load them (LoadAnnotations: with_mask=True) and end the '
            f'pipeline with Polygon2Mask(mask_overlap=False) and PackDetInputs.'
        )
    return rows, masks, metas


def _as_tensor(masks, like: Tensor) -> Tensor:
    """mmdet's mask structures or a tensor, as bool tensor (N, h, w)."""
    if isinstance(masks, Tensor):
        return masks
    return masks.to_tensor(torch.bool, like.device)

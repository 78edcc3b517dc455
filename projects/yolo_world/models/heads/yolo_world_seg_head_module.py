"""Convolutions of the segmentation head: boxes, mask coefficients and prototypes.

Letters: B images, K texts, M mask channels, H x W grid of a level.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmengine.registry import MODELS
from mmyolo.models.dense_heads.yolov5_ins_head import ProtoModule
from torch import Tensor, nn

from yolo_world.models.heads.yolo_world_head_module import YOLOWorldHeadModule
from yolo_world.models.layers import freeze

BOX_BRANCHES = ('cls_preds', 'reg_preds', 'cls_contrasts')


@MODELS.register_module()
class YOLOWorldSegHeadModule(YOLOWorldHeadModule):
    """``YOLOWorldHeadModule`` that also predicts how to mix prototypes into masks.

    The mask of an object is the sum of M prototypes of the image (at half the finest
    stride), weighted with the M coefficients at the object's place.

    Args:
        *args, embed_dims, use_bn_head, **kwargs: of ``YOLOWorldHeadModule``.
        proto_channels: width inside the prototype branch; not scaled by ``widen_factor``.
        mask_channels: M.
        freeze_bbox: no gradients for classes and boxes, whose batch norms keep their
            statistics; masks are trained on top of a finished detector.
        freeze_all: the same for all of the head.

    Source: YOLO-World, arXiv:2401.17270, open-vocabulary instance segmentation;
    prototypes: YOLACT, arXiv:1904.02689.
    """

    def __init__(
        self,
        *args,
        embed_dims: int,
        proto_channels: int,
        mask_channels: int,
        freeze_bbox: bool = False,
        freeze_all: bool = False,
        use_bn_head: bool = False,
        **kwargs,
    ) -> None:
        # The parent builds the layers inside its constructor and needs these there.
        self.proto_channels = proto_channels
        self.mask_channels = mask_channels
        self.freeze_bbox = freeze_bbox
        super().__init__(
            *args, embed_dims=embed_dims, use_bn_head=use_bn_head, freeze_all=freeze_all, **kwargs
        )
        self._freeze_boxes()

    def _init_layers(self) -> None:
        super()._init_layers()
        width = max(self.in_channels[0] // 4, self.mask_channels)
        layers = {'norm_cfg': self.norm_cfg, 'act_cfg': self.act_cfg}
        self.seg_preds = nn.ModuleList(
            nn.Sequential(
                ConvModule(channels, width, 3, padding=1, **layers),
                ConvModule(width, width, 3, padding=1, **layers),
                nn.Conv2d(width, self.mask_channels, 1),
            )
            for channels in self.in_channels
        )
        self.proto_pred = ProtoModule(
            in_channels=self.in_channels[0],
            middle_channels=self.proto_channels,
            mask_channels=self.mask_channels,
            **layers,
        )

    def _freeze_boxes(self) -> None:
        if self.freeze_bbox:
            for name in BOX_BRANCHES:
                freeze(getattr(self, name))

    def train(self, mode: bool = True) -> YOLOWorldSegHeadModule:
        """Set training mode; frozen branches stay frozen."""
        super().train(mode)
        self._freeze_boxes()
        return self

    def forward(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None = None,
    ) -> tuple[list[Tensor] | Tensor | None, ...]:
        """Class logits, boxes and mask coefficients of every level, and the prototypes.

        Args: see ``YOLOWorldHeadModule.forward``.

        Returns:
            In training: logits, distances and distributions as the parent's, coefficients
            (B, M, H, W) per level, prototypes (B, M, 2 * H_0, 2 * W_0). In evaluation None
            (objectness) stands in place of the distributions.
        """
        boxes = super().forward(img_feats, txt_feats, txt_masks)
        coefficients = [branch(feat) for branch, feat in zip(self.seg_preds, img_feats)]
        prototypes = self.proto_pred(img_feats[0])
        if self.training:
            return (*boxes, coefficients, prototypes)
        return (*boxes, None, coefficients, prototypes)

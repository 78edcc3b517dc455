"""YOLO-World's detection head for a vocabulary that is part of the weights.

Letters: B images, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from mmengine.structures import InstanceData
from torch import Tensor

from yolo_world.models.heads.yolo_world_head import YOLOWorldHead, ground_truth_of


@MODELS.register_module()
class RepYOLOWorldHead(YOLOWorldHead):
    """``YOLOWorldHead`` with the interface of mmyolo's ``YOLOv8Head``: no texts.

    ``SimpleYOLOWorldDetector(reparameterized=True)`` builds it where a recipe says
    ``YOLOv8Head``: same weights, losses and detections, but the number of classes
    is that of the logits (mmyolo's head takes ``head_module.num_classes``, which
    stays 80 to fit released weights), and a class can be kept out of the answers.

    Args:
        world_size, *args, **kwargs: see ``YOLOWorldHead``.
    """

    def forward(self, img_feats: Sequence[Tensor]) -> tuple[list[Tensor], ...]:
        """Logits and boxes per level; see ``RepYOLOWorldHeadModule.forward``."""
        return self.head_module(img_feats)

    def loss(
        self, img_feats: Sequence[Tensor], batch_data_samples: dict | list[DetDataSample]
    ) -> dict[str, Tensor]:
        """Losses of a batch; see ``YOLOWorldHead.loss``."""
        outs = self(img_feats)
        return self.loss_by_feat(*outs, None, *ground_truth_of(batch_data_samples))

    def loss_and_predict(
        self,
        img_feats: Sequence[Tensor],
        batch_data_samples: list[DetDataSample],
        proposal_cfg: ConfigDict | None = None,
    ) -> tuple[dict[str, Tensor], list[InstanceData]]:
        """Losses and detections from one pass (the head is in training mode)."""
        outs = self(img_feats)
        ground_truth, metas = ground_truth_of(batch_data_samples)
        losses = self.loss_by_feat(*outs, None, ground_truth, metas)
        return losses, self.predict_by_feat(*outs[:2], batch_img_metas=metas, cfg=proposal_cfg)

    def predict(
        self,
        img_feats: Sequence[Tensor],
        batch_data_samples: list[DetDataSample],
        rescale: bool = False,
        visible_classes: Tensor | None = None,
    ) -> list[InstanceData]:
        """Detections of every image; see ``YOLOWorldHead.predict``."""
        metas = [sample.metainfo for sample in batch_data_samples]
        return self.predict_by_feat(
            *self(img_feats),
            batch_img_metas=metas,
            rescale=rescale,
            visible_classes=visible_classes,
        )

"""Convolutions of YOLO-World's head with the vocabulary inside the weights.

Letters: B images, K classes, D embedding width, H x W grid of a level.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from yolo_world.models.heads.fold_class_branch import fold_class_branch
from yolo_world.models.heads.rep_bn_contrastive_head import RepBNContrastiveHead
from yolo_world.models.heads.yolo_world_head_module import YOLOWorldHeadModule, is_foldable
from yolo_world.models.layers.plain_conv import is_plain_conv1x1


@MODELS.register_module()
class RepYOLOWorldHeadModule(YOLOWorldHeadModule):
    """``YOLOWorldHeadModule`` for one vocabulary, called with image features alone.

    Used under mmyolo's ``YOLOv8Head``. In training it is a 512-wide embedding,
    batch norm and a 1 x 1 convolution, as the checkpoint stores it; at test time
    these and the last convolution of the class branch are one 1 x 1 convolution
    from the hidden width to K classes, folded in each call (1 % of its cost).

    Args:
        *args, **kwargs: of mmyolo's ``YOLOv8HeadModule``; ``num_classes`` only sets
            a hidden width (80 in the released weights) and the first bias.
        embed_dims: D.
        num_guide: K, the number of classes.
        freeze_all: no gradients, and batch norms keep their statistics.
    """

    def __init__(
        self,
        *args,
        embed_dims: int,
        num_guide: int,
        freeze_all: bool = False,
        **kwargs,
    ) -> None:
        # The parent builds the layers inside its constructor and needs it there.
        self.num_guide = num_guide
        super().__init__(
            *args,
            embed_dims=embed_dims,
            use_bn_head=True,
            use_einsum=False,
            freeze_all=freeze_all,
            **kwargs,
        )

    def _build_contrast(self) -> nn.Module:
        """The module that turns embeddings of one level into class logits."""
        return RepBNContrastiveHead(self.embed_dims, self.num_guide, self.norm_cfg)

    def forward(self, img_feats: Sequence[Tensor]) -> tuple[list[Tensor], ...]:
        """Class logits and box distances of every level.

        Args:
            img_feats: one (B, C_i, H, W) map per level.

        Returns:
            As ``YOLOWorldHeadModule.forward``.
        """
        logits, boxes, distributions = [], [], []
        for level, feat in enumerate(img_feats):
            logits.append(self.predict_classes(level, feat))
            box, distribution = self.predict_boxes(level, feat)
            boxes.append(box)
            distributions.append(distribution)
        return (logits, boxes, distributions) if self.training else (logits, boxes)

    def predict_classes(self, level: int, feat: Tensor) -> Tensor:
        """Class logits (B, K, H, W) of one level."""
        branch, contrast = self.cls_preds[level], self.cls_contrasts[level]
        plain = is_foldable(branch[-1], contrast.norm) and is_plain_conv1x1(contrast.conv)
        if self.training or not plain:
            return contrast(branch(feat))
        weight, bias = fold_class_branch(
            branch[-1], contrast.norm, contrast.conv.weight.flatten(1)[None], contrast.conv.bias
        )
        return F.conv2d(branch[:-1](feat), weight[0, :, :, None, None], bias[0])

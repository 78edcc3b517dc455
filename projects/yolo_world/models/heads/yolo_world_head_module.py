"""Convolutions of YOLO-World's head: class logits against texts, and boxes.

Letters: B images, K texts, D embedding width, H x W grid of a level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from mmengine.registry import MODELS
from mmyolo.models.dense_heads import YOLOv8HeadModule
from torch import Tensor, nn

from yolo_world.models.heads.bn_contrastive_head import BNContrastiveHead
from yolo_world.models.heads.contrastive_head import ContrastiveHead
from yolo_world.models.heads.embedding_statistics import embedding_statistics
from yolo_world.models.heads.fold_class_branch import fold_class_branch
from yolo_world.models.layers import freeze
from yolo_world.models.layers.plain_conv import is_plain_conv1x1
from yolo_world.models.layers.shared_texts import without_copies


@MODELS.register_module()
class YOLOWorldHeadModule(YOLOv8HeadModule):
    """YOLOv8's decoupled head whose class branch ends in an embedding per pixel.

    Args:
        *args, **kwargs: of mmyolo's ``YOLOv8HeadModule``: ``num_classes`` (sets a
            hidden width and the first bias; 80 in the released weights, whatever
            the vocabulary is), ``in_channels``, ``widen_factor``,
            ``num_base_priors``, ``featmap_strides``, ``reg_max``, ``norm_cfg``,
            ``act_cfg``, ``init_cfg``.
        embed_dims: D, width of the text features.
        use_bn_head: compare with ``BNContrastiveHead``; otherwise ``ContrastiveHead``.
        use_einsum: part of the published interface, without effect.
        freeze_all: no gradients, and batch norms keep their statistics.
    """

    def __init__(
        self,
        *args,
        embed_dims: int,
        use_bn_head: bool = False,
        use_einsum: bool = True,
        freeze_all: bool = False,
        **kwargs,
    ) -> None:
        # The parent builds the layers inside its constructor and needs these there.
        self.embed_dims = embed_dims
        self.use_bn_head = use_bn_head
        self.freeze_all = freeze_all
        super().__init__(*args, **kwargs)
        if freeze_all:
            freeze(self)

    def _init_layers(self) -> None:
        super()._init_layers()
        for branch in self.cls_preds:
            branch[-1] = nn.Conv2d(branch[-1].in_channels, self.embed_dims, 1)
        self.cls_contrasts = nn.ModuleList(self._build_contrast() for _ in self.cls_preds)

    def _build_contrast(self) -> nn.Module:
        """The module that turns embeddings of one level into class logits."""
        if self.use_bn_head:
            return BNContrastiveHead(self.embed_dims, self.norm_cfg)
        return ContrastiveHead(self.embed_dims)

    def init_weights(self, prior_prob: float = 0.01) -> None:
        """Start with rare objects: the logit bias assumes 5 objects in a 640 x 640 image."""
        super().init_weights(prior_prob)
        for branch, contrast, stride in zip(
            self.cls_preds, self.cls_contrasts, self.featmap_strides
        ):
            nn.init.zeros_(branch[-1].bias)
            if hasattr(contrast, 'bias'):
                prior = 5 / self.num_classes / (640 / stride) ** 2
                nn.init.constant_(contrast.bias, math.log(prior))

    def train(self, mode: bool = True) -> YOLOWorldHeadModule:
        """Set training mode; a frozen head stays frozen."""
        super().train(mode)
        if self.freeze_all:
            freeze(self)
        return self

    def forward(
        self,
        img_feats: Sequence[Tensor],
        txt_feats: Tensor,
        txt_masks: Tensor | None = None,
    ) -> tuple[list[Tensor], ...]:
        """Class logits and box distances of every level.

        Args:
            img_feats: one (B, C_i, H, W) map per level.
            txt_feats: (B, K, D).
            txt_masks: (B, K), 0 for padding texts, whose logits become the most
                negative (score 0); None if all texts count.

        Returns:
            Per level: logits (B, K, H, W); distances (B, 4, H, W) left, top,
            right, bottom in strides, float32; in training also the distribution
            (B, H*W, 4, reg_max) behind the distances.
        """
        logits, boxes, distributions = [], [], []
        for level, feat in enumerate(img_feats):
            logit = self.predict_classes(level, feat, txt_feats)
            logits.append(logit if txt_masks is None else mask_padding(logit, txt_masks))
            box, distribution = self.predict_boxes(level, feat)
            boxes.append(box)
            distributions.append(distribution)
        return (logits, boxes, distributions) if self.training else (logits, boxes)

    def predict_classes(self, level: int, feat: Tensor, txt_feats: Tensor) -> Tensor:
        """Class logits (B, K, H, W) of one level.

        With a batch norm the branch is linear behind its last activation; the texts and
        that tail become one matrix first, so that no embedding of D channels per pixel is
        made, in training neither. The values are equal up to rounding.
        """
        branch, contrast = self.cls_preds[level], self.cls_contrasts[level]
        texts = without_copies(txt_feats)
        if not (self.use_bn_head and is_foldable(branch[-1], contrast.norm)):
            return contrast(branch(feat), texts)
        hidden = branch[:-1](feat)
        statistics = embedding_statistics(contrast.norm, branch[-1], hidden)
        weight, bias = fold_class_branch(
            branch[-1], contrast.norm, contrast.scaled_texts(texts), contrast.bias, statistics
        )
        logits = (weight @ hidden.flatten(2)).add_(bias[..., None])
        return logits.unflatten(2, hidden.shape[-2:])

    def predict_boxes(self, level: int, feat: Tensor) -> tuple[Tensor, Tensor]:
        """Distances (B, 4, H, W) and distribution (B, H*W, 4, reg_max) of one level."""
        raw = self.reg_preds[level](feat)
        bins = raw.unflatten(1, (4, self.reg_max)).flatten(3)
        distribution = bins.permute(0, 3, 1, 2)
        if self.reg_max == 1:
            return raw, distribution
        # float32: at stride 32 a bfloat16 distance would be off by up to two pixels.
        with torch.autocast(feat.device.type, enabled=False):
            distance = self.proj.float() @ bins.float().softmax(dim=2)
        return distance.unflatten(2, feat.shape[-2:]), distribution


def is_foldable(last_conv: nn.Module, norm: nn.Module) -> bool:
    """Whether both layers are linear maps with known numbers, nothing hidden behind their calls.

    In training that needs the statistics of the batch: of one process, and in full precision.
    """
    if not (is_plain_conv1x1(last_conv) and getattr(norm, 'track_running_stats', False)):
        return False
    if norm.training:
        device = last_conv.weight.device.type
        return type(norm) is nn.BatchNorm2d and not torch.is_autocast_enabled(device)
    return type(norm) in (nn.BatchNorm2d, nn.SyncBatchNorm)


def mask_padding(logits: Tensor, txt_masks: Tensor) -> Tensor:
    """Give padding texts a logit whose score is 0, finite in every dtype.

    Args:
        logits: (B, K, H, W).
        txt_masks: (B, K), 0 for padding.
    """
    lowest = max(-1e7, torch.finfo(logits.dtype).min / 2)
    return logits.masked_fill((txt_masks == 0)[:, :, None, None], lowest)

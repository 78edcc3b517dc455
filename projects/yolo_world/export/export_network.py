"""The part of a detector that becomes a graph: images (and texts) in, raw levels out.

Letters: B images, K texts, T text width, H x W grid of a level.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from yolo_world.models.heads.yolo_world_seg_head import YOLOWorldSegHead


class ExportNetwork(nn.Module):
    """Copy of a detector's image backbone, neck and head, without its text encoder.

    The vocabulary is a constant of the graph, unless ``forward`` gets text features. The
    detector itself isn't changed.

    Args:
        detector: in evaluation mode, with a vocabulary or prompts, or re-parameterised.
        half: compute in float16; input and outputs stay float32.

    Raises:
        InputValueError: the detector has neither a vocabulary nor prompts, or predicts masks.
    """

    def __init__(self, detector: nn.Module, *, half: bool = False) -> None:
        super().__init__()
        if isinstance(detector.bbox_head, YOLOWorldSegHead):
            raise InputValueError(
                f'{type(detector.bbox_head).__name__} predicts masks, which exported graphs do not '
                'hold; export the detector without masks that its training started from, or use '
                'the checkpoint.'
            )
        backbone = detector.backbone
        self.image_model = copy.deepcopy(getattr(backbone, 'image_model', backbone))
        self.neck = copy.deepcopy(detector.neck) if detector.with_neck else None
        self.bbox_head = copy.deepcopy(detector.bbox_head)
        self.mm_neck = getattr(detector, 'mm_neck', False)
        self.register_buffer('text_feats', fixed_text_feats(detector))
        self.has_texts_inside = self.text_feats is None
        self.half_precision = half
        self.requires_grad_(False)
        self.eval()
        if half:
            self.half()

    def forward(
        self, images: Tensor, text_embeds: Tensor | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Logits (B, K, H, W) and distances (B, 4, H, W) in strides of every level, float32.

        Args:
            images: (B, 3, H, W), normalised.
            text_embeds: (1 or B, K, T) instead of the vocabulary.
        """
        levels, texts = self.features(images, text_embeds)
        inputs = (levels,) if texts is None else (levels, texts, None)
        logits, distances = self.bbox_head(*inputs)[:2]
        return [level.float() for level in logits], [level.float() for level in distances]

    def features(
        self, images: Tensor, text_embeds: Tensor | None = None
    ) -> tuple[tuple[Tensor, ...], Tensor | None]:
        """Levels after the neck, and texts (B, K, T), None if the head has them inside."""
        texts = self.text_feats if text_embeds is None else text_embeds
        if self.half_precision:
            images = images.half()
            texts = None if texts is None else texts.half()
        if texts is not None:
            texts = texts.expand(images.shape[0], -1, -1)
        levels = self.image_model(images)
        if self.neck is not None:
            levels = self.neck(levels, texts) if self.mm_neck else self.neck(levels)
        return levels, texts

    def raw_distributions(self, levels: tuple[Tensor, ...]) -> list[Tensor]:
        """What the box branch puts out before its softmax: (B, 4 x bins, H, W) per level."""
        branches = self.bbox_head.head_module.reg_preds
        return [branch(level).float() for branch, level in zip(branches, levels, strict=True)]


def fixed_text_feats(detector: nn.Module) -> Tensor | None:
    """Text features (1, K, T) of the detector's vocabulary or prompts; None if re-parameterised.

    Raises:
        InputValueError: no vocabulary is set.
    """
    if getattr(detector, 'reparameterized', False):
        return None
    if hasattr(detector, 'embeddings'):
        with torch.no_grad():
            embeddings = detector.embeddings
            if detector.adapter is not None:
                adapted = detector.adapter(embeddings) + embeddings
                embeddings = nn.functional.normalize(adapted, dim=-1)
        return embeddings.detach()[None].float()
    if getattr(detector, 'text_feats', None) is None:
        raise InputValueError(
            f'{type(detector).__name__} has no vocabulary to export; call '
            "set_vocabulary(['first text', 'second text']) first."
        )
    return detector.text_feats.detach().float()

"""Prompts from words and pictures together."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from vl_runtime.errors import InputValueError


def mix_prompts(text_feats: Tensor, image_feats: Tensor, image_weight: float = 0.5) -> Tensor:
    """Weighted mean of two embeddings per class, as unit vectors.

    Both say the same thing in one space (CLIP's), so their mean is a prompt too. To look
    for some classes by words and for others by pictures, concatenate instead.

    Args:
        text_feats, image_feats: (K, D), row k of both is class k.
        image_weight: 0 is the text alone, 1 the image alone.

    Raises:
        InputValueError: shapes differ, or the weight is outside 0..1.

    Returns:
        (K, D), L2-normalised.
    """
    if text_feats.shape != image_feats.shape:
        raise InputValueError(
            f'expected one text and one image embedding per class, found shapes '
            f'{tuple(text_feats.shape)} and {tuple(image_feats.shape)}.'
        )
    if not 0 <= image_weight <= 1:
        raise InputValueError(f'image_weight: expected 0..1, found {image_weight}.')
    text, image = F.normalize(text_feats, dim=-1), F.normalize(image_feats, dim=-1)
    return F.normalize(text.lerp(image.to(text), image_weight), dim=-1)

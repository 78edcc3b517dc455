"""Look for what a picture shows: features of crops take the place of text features.

Letters: n pictures, K prompts, D width of the detector's text features.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from vl_runtime.prompt_vocabulary import encode_texts, text_width
from vl_runtime.text_encoders import HuggingCLIPLanguageBackbone, PseudoLanguageBackbone


class ImageEncoder(Protocol):
    """The image half of a CLIP model."""

    def encode(self, images: list[np.ndarray]) -> Tensor:
        """Features (n, D) of n arrays (H, W, 3), uint8, BGR."""


@torch.no_grad()
def prompt_features(
    model: nn.Module,
    texts: Sequence[str],
    pictures: Mapping[str, Sequence[np.ndarray]],
    encoder: ImageEncoder | None = None,
) -> Tensor:
    """Features (K, D) of the texts, then of the named pictures, L2-normalised.

    Several pictures of one name give the mean of their features.

    Raises:
        InputValueError: a name without a picture, nothing that encodes pictures, or an
            encoder that does not fit the detector's texts.
    """
    for name, shown in pictures.items():
        if not len(shown):
            raise InputValueError(f'image prompt {name!r}: expected at least one picture.')
    rows = [encode_texts(model, texts)] if texts else []
    if pictures:
        all_pictures = [picture for shown in pictures.values() for picture in shown]
        features = F.normalize(_encode(model, all_pictures, encoder), dim=-1)
        counts = [len(shown) for shown in pictures.values()]
        means = [part.mean(dim=0, keepdim=True) for part in features.split(counts)]
        rows.append(F.normalize(torch.cat(means), dim=-1))
    return torch.cat(rows)


def _encode(model: nn.Module, pictures: list[np.ndarray], encoder: ImageEncoder | None) -> Tensor:
    """(n, D) on the CPU, from the detector's own image encoder or from ``encoder``."""
    own = getattr(model, 'encode_image_prompts', None)
    if own is None:
        _require_fitting(model, encoder)
    features = torch.as_tensor(own(pictures) if own is not None else encoder.encode(pictures))
    width = text_width(model)
    if width is not None and features.shape[-1] != width:
        raise InputValueError(
            f'image prompts: expected features of width {width}, that of the texts of '
            f'{type(model).__name__}, found {features.shape[-1]}; use the image encoder of the '
            "CLIP model whose text encoder is the detector's."
        )
    return features.float().cpu()


def _require_fitting(model: nn.Module, encoder: ImageEncoder | None) -> None:
    """Pictures and texts share one space only inside one CLIP model."""
    if encoder is None:
        raise InputValueError(
            f'image prompts: {type(model).__name__} has no image encoder; give the folder of the '
            'CLIP model whose text encoder it uses (--image-prompt-model).'
        )
    text_model = getattr(getattr(model, 'backbone', None), 'text_model', None)
    if isinstance(text_model, PseudoLanguageBackbone):
        print_log(
            'image prompts: whether the precomputed text embeddings come from the CLIP model of '
            'the image encoder cannot be checked here; with another model nothing is found.',
            'current',
            logging.WARNING,
        )
    elif not isinstance(text_model, HuggingCLIPLanguageBackbone):
        found = type(text_model).__name__ if text_model is not None else 'none'
        raise InputValueError(
            'image prompts: expected a detector whose text encoder is CLIP '
            f'(HuggingCLIPLanguageBackbone), found {found}; its texts and pictures have no '
            'common space.'
        )

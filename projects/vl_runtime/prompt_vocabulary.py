"""What a detector looks for: texts, and features where something else than a text is meant.

Letters: K texts, D width of the detector's text features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vl_runtime.errors import InputValueError
from vl_runtime.vocabulary import Vocabulary

BACKGROUND = ' '  # the padding text that detectors trained with padded texts have learnt


@dataclass(frozen=True)
class PromptVocabulary:
    """Texts, the wish for a background text, and features (K or K + 1, D) or None.

    Two are equal when they mean the same to a detector; features are compared as objects.
    """

    texts: tuple[str, ...]
    background: bool = False
    features: Tensor | None = field(default=None, compare=False)
    _features_id: int | None = None

    @classmethod
    def from_texts(cls, texts: Sequence[str], background: bool = False) -> PromptVocabulary:
        """Checked texts.

        Raises:
            InputValueError: no text, one is blank or there twice, or a string was given.
        """
        if isinstance(texts, str):
            raise InputValueError(f'texts: expected a list, found one string; write [{texts!r}].')
        return cls(tuple(Vocabulary.from_names(list(texts), source='texts').names), background)

    def with_features(self, model: nn.Module, features: np.ndarray | Tensor) -> PromptVocabulary:
        """These texts with features instead of the encoded ones, L2-normalised.

        The background text is encoded by ``model``.

        Raises:
            InputValueError: another shape than (K, D), a value that is not finite, a row of
                zeros, or a background text and no text encoder.
        """
        values = torch.as_tensor(features).detach().cpu().float()
        width = text_width(model)
        if (
            values.ndim != 2
            or len(values) != len(self.texts)
            or values.shape[1] != (width or values.shape[1])
        ):
            raise InputValueError(
                f'text_feats: expected shape ({len(self.texts)}, {width or "D"}), one row for '
                f'each text in the width of the detector, found {tuple(values.shape)}.'
            )
        lengths = values.norm(dim=1)
        bad = (~torch.isfinite(lengths) | (lengths == 0)).nonzero().flatten().tolist()
        if bad:
            raise InputValueError(
                f'text_feats: expected finite rows that are not all zero, found another in row '
                f'{bad[0]} ({self.texts[bad[0]]!r}).'
            )
        values = F.normalize(values, dim=1)
        if self.background:
            values = torch.cat([values, encode_texts(model, [BACKGROUND])])
        return PromptVocabulary(self.texts, self.background, values, id(values))

    def apply_to(self, model: nn.Module) -> None:
        """Fix it in a detector: ``model.set_vocabulary``."""
        given = {} if self.features is None else {'text_feats': self.features}
        model.set_vocabulary(list(self.texts), background=self.background, **given)


def text_width(model: nn.Module) -> int | None:
    """D of a detector, or None when it doesn't say."""
    text_model = getattr(getattr(model, 'backbone', None), 'text_model', None)
    head_module = getattr(getattr(model, 'bbox_head', None), 'head_module', None)
    width = getattr(text_model, 'embed_dims', None) or getattr(head_module, 'embed_dims', None)
    return None if width is None else int(width)


@torch.no_grad()
def encode_texts(model: nn.Module, texts: Sequence[str]) -> Tensor:
    """Features (K, D) of texts from the text encoder of ``model``, on the CPU.

    Raises:
        InputValueError: the detector has no text encoder.
    """
    encode = getattr(getattr(model, 'backbone', None), 'forward_text', None)
    if encode is None:
        raise InputValueError(
            f'{type(model).__name__} has no text encoder for {texts[0]!r}; leave the texts and '
            'the background out, or give features for all.'
        )
    features, _ = encode([list(texts)])
    return features[0].float().cpu()

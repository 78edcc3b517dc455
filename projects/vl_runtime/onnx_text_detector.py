"""An ONNX file whose texts are an input: any vocabulary at run time.

Letters: K texts, T text width.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime import compat, text_encoders
from vl_runtime.errors import InputValueError
from vl_runtime.onnx_detector import OnnxDetector

BACKGROUND = ' '
ENCODERS = text_encoders.__all__  # importing the package registers them


class OnnxTextDetector(OnnxDetector):
    """``OnnxDetector`` with ``set_vocabulary``.

    Texts are encoded by the frozen encoder that the file names, or come with their features.
    """

    def set_vocabulary(
        self,
        texts: Sequence[str],
        background: bool = False,
        text_feats: Tensor | np.ndarray | None = None,
    ) -> None:
        """Look for ``texts`` from now on.

        Args:
            texts: K strings.
            background: one more text ``' '``, never predicted.
            text_feats: (K, T), L2-normalised, instead of encoding the texts (and the
                background, if there is one).

        Raises:
            InputValueError: no text, features of another shape, or no encoder is known.
        """
        if isinstance(texts, str) or not len(texts):
            raise InputValueError(
                f'{self.name}: expected a list of texts such as ["dog", "cat"], found {texts!r}.'
            )
        vocabulary = (*texts, *([BACKGROUND] if background else []))
        width = self.metadata.text_width
        if text_feats is None:
            text_feats = self._encode(vocabulary)
        feats = np.asarray(text_feats, dtype=np.float32)
        if feats.shape != (len(vocabulary), width):
            raise InputValueError(
                f'{self.name}: expected text features ({len(vocabulary)}, {width}), one row a '
                f'text, found {feats.shape}.'
            )
        self.texts = vocabulary
        self._text_feats = feats[None]

    def _texts_in(self) -> dict[str, np.ndarray]:
        if not self.texts:
            raise InputValueError(f'{self.name}: no texts to look for; call set_vocabulary first.')
        return {'text_embeds': self._text_feats}

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        if self.metadata.text_encoder is None:
            raise InputValueError(
                f'{self.name}: the file names no text encoder (only a frozen one can be '
                'named); give the features of the texts (--embeddings FILE.npy).'
            )
        compat.install()
        encoder = MODELS.build(dict(self.metadata.text_encoder)).eval()
        with torch.no_grad():
            feats, _ = encoder([list(texts)])
        return feats[0].numpy()


def open_onnx_detector(path: str | Path, device: str = 'auto') -> OnnxDetector:
    """The detector of an exported file: with ``set_vocabulary`` if its texts are an input.

    Args:
        path, device: see ``open_session``, which also tells the errors.
    """
    detector = OnnxDetector.open(path, device)
    if detector.metadata.text_width is None:
        return detector
    return OnnxTextDetector(detector.session, detector.metadata, name=str(path))

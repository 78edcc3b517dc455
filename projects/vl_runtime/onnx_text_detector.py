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
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing
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

    def _text_input(self) -> dict[str, np.ndarray]:
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


def load_embeddings(path: str | Path) -> np.ndarray:
    """Text features (K, T) of an ``.npy`` file, as ``tools/generate_text_prompts.py`` writes it.

    Raises:
        InputFileNotFoundError: there is no such file.
        InputValueError: it holds something else.
    """
    if not Path(path).is_file():
        raise InputFileNotFoundError(f'{path}: {why_missing(Path(path))}')
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise InputValueError(f'{path}: expected an .npy file ({error}).') from error
    if values.ndim != 2:
        raise InputValueError(f'{path}: expected features (texts, width), found {values.shape}.')
    return values

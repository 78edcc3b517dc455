"""An ONNX file whose texts are an input: any vocabulary at run time.

Letters: K texts, T text width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.registry import MODELS
from torch import Tensor

from vl_runtime import compat, text_encoders
from vl_runtime.errors import InputFileNotFoundError, InputValueError, why_missing
from vl_runtime.onnx_detector import OnnxDetector
from vl_runtime.onnx_metadata import OnnxMetadata

BACKGROUND = ' '
ENCODERS = text_encoders.__all__  # importing the package registers them


class OnnxTextDetector(OnnxDetector):
    """``OnnxDetector`` with ``set_vocabulary``.

    Texts are encoded by the frozen encoder that the file names, or come with their features.

    Args:
        session, metadata, name: as for ``OnnxDetector``.
        known_feats: features (T,) of texts that need no encoder.
    """

    def __init__(
        self,
        session: Any,
        metadata: OnnxMetadata,
        *,
        known_feats: Mapping[str, np.ndarray] | None = None,
        name: str = 'the graph',
    ) -> None:
        super().__init__(session, metadata, name=name)
        self._known_feats = dict(known_feats or {})

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
        if all(text in self._known_feats for text in texts):
            return np.stack([self._known_feats[text] for text in texts])
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


def open_onnx_detector(
    path: str | Path,
    device: str = 'auto',
    *,
    texts: Sequence[str] | None = None,
    embeddings: str | Path | None = None,
) -> OnnxDetector:
    """The detector of an exported file: with ``set_vocabulary`` if its texts are an input.

    Args:
        path, device: see ``open_session``.
        texts, embeddings: vocabulary and ``.npy`` file with its features, for a file whose
            texts are an input.

    Raises:
        InputValueError: texts or features for a file with a fixed vocabulary; features
            without texts, or of another shape.
    """
    detector = OnnxDetector.open(path, device)
    if detector.metadata.text_width is None:
        if texts is not None or embeddings is not None:
            raise InputValueError(
                f'{path}: its vocabulary is fixed ({len(detector.texts)} texts, first '
                f'{detector.texts[0]!r}); leave texts and embeddings out, or export with '
                '--embeddings-input.'
            )
        return detector
    known = None
    if embeddings is not None:
        if texts is None:
            raise InputValueError(f'{embeddings}: give the texts too, one for each row (--texts).')
        feats = load_embeddings(embeddings)
        if feats.shape != (len(texts), detector.metadata.text_width):
            raise InputValueError(
                f'{embeddings}: expected features ({len(texts)}, {detector.metadata.text_width}), '
                f'one row for each text, found {feats.shape}.'
            )
        known = dict(zip(texts, feats, strict=True))
    text_detector = OnnxTextDetector(
        detector.session, detector.metadata, known_feats=known, name=str(path)
    )
    if texts is not None:
        text_detector.set_vocabulary(texts)
    return text_detector


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

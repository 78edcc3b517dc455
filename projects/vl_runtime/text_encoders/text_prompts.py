"""Embeddings of class texts as a file, for detectors without a text encoder."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from vl_runtime.atomic_files import write_bytes
from vl_runtime.errors import InputValueError
from vl_runtime.text_encoders.hugging_clip_language_backbone import HuggingCLIPLanguageBackbone
from vl_runtime.text_encoders.hugging_sentence_language_backbone import (
    HuggingSentenceLanguageBackbone,
)
from vl_runtime.text_encoders.hugging_text_encoder import HuggingTextEncoder
from vl_runtime.text_encoders.model_location import locate_model
from vl_runtime.text_encoders.pretrained import load_config

BACKGROUND = ' '


def text_encoder(model: str) -> HuggingTextEncoder:
    """The frozen encoder in ``model``: CLIP's text tower, or a sentence encoder.

    Args:
        model: a folder, a hub name, or ``package:<python package>``.

    Raises:
        InputFileNotFoundError, InputValueError: it is not there, or damaged.
    """
    kind = load_config(locate_model(model), 'AutoConfig').model_type
    is_clip = kind in ('clip', 'clip_text_model')
    encoder = HuggingCLIPLanguageBackbone if is_clip else HuggingSentenceLanguageBackbone
    return encoder(model, frozen_modules=['all'])


def encode_texts(
    model: str, texts: Sequence[str], device: str = 'cpu', padding: bool = False
) -> np.ndarray:
    """L2-normalised embeddings (N, D), float32, of ``texts`` in their order.

    Args:
        model: see ``text_encoder``.
        device: as torch names it.
        padding: add the background text ``' '`` as the last one.
    """
    texts = [*texts, BACKGROUND] if padding else list(texts)
    if not texts:
        raise InputValueError('texts: expected at least one, found none.')
    encoder = text_encoder(model).to(device).eval()
    with torch.inference_mode():
        return encoder([texts])[0][0].float().cpu().numpy()


def write_embeddings(path: str | Path, values: np.ndarray, overwrite: bool = False) -> None:
    """Write ``values`` (N, D) to the ``.npy`` file ``path`` atomically.

    Raises:
        InputValueError: the file is there already, or its name does not end in .npy.
        InputPermissionError: the folder can't be written.
    """
    check_embedding_path(path, overwrite)
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, dtype=np.float32), allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def check_embedding_path(path: str | Path, overwrite: bool) -> None:
    """Raise InputValueError unless ``write_embeddings`` may write ``path``."""
    if Path(path).suffix != '.npy':
        raise InputValueError(f'{path}: expected a name that ends in .npy.')
    if Path(path).exists() and not overwrite:
        raise InputValueError(
            f'{path}: is there already; choose another name, or --overwrite to replace it.'
        )

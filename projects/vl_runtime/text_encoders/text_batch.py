"""The texts of a batch: B lists (one per image) of N strings."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from vl_runtime.errors import InputValueError


def flatten_texts(texts: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """All B x N strings in order, and N.

    Raises:
        InputValueError: not a list of equally long, non-empty lists of strings; the
            message names the first image that differs.
    """
    if isinstance(texts, str) or not texts or any(isinstance(item, str) for item in texts):
        raise InputValueError(
            f'texts: expected one list of strings per image, found {_shorten(texts)}; '
            'wrap the strings of one image in a list.'
        )
    num_texts = len(texts[0])
    for image, row in enumerate(texts):
        if not row:
            raise InputValueError(
                f'texts of image {image}: expected at least one text, found none.'
            )
        if len(row) != num_texts:
            raise InputValueError(
                f'texts of image {image}: expected {num_texts} texts like image 0, found '
                f'{len(row)}; pad the shorter lists (RandomLoadText: padding_to_max=True).'
            )
        for index, text in enumerate(row):
            if not isinstance(text, str):
                raise InputValueError(
                    f'texts of image {image}: expected a string at index {index}, found '
                    f'{_shorten(text)}.'
                )
    return [text for row in texts for text in row], num_texts


def text_mask(texts: Sequence[Sequence[str]], pad_value: str, like: Tensor) -> Tensor:
    """(B, N) in the type of ``like``: 1 for a text, 0 for ``pad_value``."""
    mask = [[float(text != pad_value) for text in row] for row in texts]
    return torch.tensor(mask, dtype=like.dtype, device=like.device)


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:57]}...'

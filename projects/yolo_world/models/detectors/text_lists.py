"""The texts of a batch: one list of strings per image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.structures import DetDataSample
from torch import Tensor

from vl_runtime.errors import InputValueError

BACKGROUND = ' '


def texts_of_batch(
    batch_data_samples: dict | Sequence[DetDataSample] | None,
) -> list[list[str]] | None:
    """One list of texts per image, or None if the batch carries none.

    Raises:
        InputValueError: the images have different numbers of texts, or an entry is
            not a string.
    """
    if not batch_data_samples:
        return None
    if isinstance(batch_data_samples, dict):
        texts = batch_data_samples.get('texts')
    elif 'texts' in batch_data_samples[0]:
        texts = [sample.texts for sample in batch_data_samples]
    else:
        texts = None
    if texts is None:
        return None
    texts = [list(of_image) for of_image in texts]
    for image, of_image in enumerate(texts):
        for index, text in enumerate(of_image):
            if not isinstance(text, str):
                raise InputValueError(
                    f'image {image}, text {index}: expected a string, found {text!r}; '
                    f'RandomLoadText or LoadText picks one of several synonyms.'
                )
        if len(of_image) != len(texts[0]):
            raise InputValueError(
                f'image {image} of this batch has {len(of_image)} texts, image 0 has '
                f'{len(texts[0])}; give all images the same number '
                f'(RandomLoadText: padding_to_max=True) or use a batch size of 1.'
            )
    return texts


def check_vocabulary(texts: Sequence[str]) -> list[str]:
    """The texts as a list.

    Raises:
        InputValueError: no text, or an entry that is not a string.
    """
    if isinstance(texts, str) or not len(texts):
        raise InputValueError(f'expected a list of texts such as ["dog", "cat"], found {texts!r}.')
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputValueError(
                f'text {index}: expected a string, found {text!r}; a fixed vocabulary has one '
                f'string per class, not a list of synonyms.'
            )
    return list(texts)


def visible_classes(texts: list[list[str]], device: torch.device) -> Tensor | None:
    """Which texts are answers: (B, K) bool, False for padding '' and background ' '.

    None if all are.
    """
    visible = [[bool(text.strip()) for text in of_image] for of_image in texts]
    if all(all(of_image) for of_image in visible):
        return None
    return torch.tensor(visible, device=device)

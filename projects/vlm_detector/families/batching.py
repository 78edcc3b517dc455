"""Conversations of any length and pictures of any size as the arguments of one model call.

Letters: B conversations, L tokens of the longest, D decoder tokens of the longest answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from vl_runtime.errors import InputValueError
from vlm_detector.families.image_input import ImageInput

IGNORED = -100  # label of what is no part of an answer
TEXT, IMAGE = 0, 1  # values of mm_token_type_ids


def batch_conversations(
    items: Sequence[Mapping[str, Any]],
    *,
    pad_token_id: int,
    side: str,
    decoder_prefix_ids: Sequence[int] = (),
) -> dict[str, Tensor]:
    """Pad conversations and join their pictures.

    Prompt and answer are tokenised apart and joined here, so that the labels hold the answer
    and its end token by construction, and -100 everywhere else (prompt, picture, padding).

    Args:
        items: each with ``image`` (an ``ImageInput`` or None), ``prompt_ids`` and, in training,
            ``answer_ids`` (with the end token). Either all have an answer or none.
        pad_token_id: fills the shorter ones.
        side: 'left' or 'right', where the filling goes.
        decoder_prefix_ids: of an encoder-decoder model: what its decoder reads before the
            answer. Prompts go to the encoder then, answers to the decoder. Empty for a model
            that continues the prompt.

    Returns:
        ``input_ids``, ``attention_mask`` (B, L); ``labels`` (B, L), or (B, D) beside
        ``decoder_input_ids`` and ``decoder_attention_mask`` (B, D); ``pixel_values``, and with
        patches ``image_grid_thw`` (images, 3) and ``mm_token_type_ids`` (B, L).
        A label stands where its token stands in ``input_ids`` (the prediction is that of the
        position before), or where ``decoder_input_ids`` predict it.

    Raises:
        InputValueError: another side, no item, an answer in some items only, or a prompt with
            another number of placeholders than its picture has tokens.
    """
    if side not in ('left', 'right'):
        raise InputValueError(f"side: expected 'left' or 'right', found {side!r}.")
    if not items:
        raise InputValueError('items: expected one conversation or more, found none.')
    answers = [item.get('answer_ids') for item in items]
    having = [answer is not None for answer in answers]
    if any(having) and not all(having):
        raise InputValueError(
            f'items: expected an answer in all {len(items)} conversations or in none, found '
            f'{sum(having)}; the first without is index {having.index(False)}.'
        )
    prompts = [list(item['prompt_ids']) for item in items]
    images = [item.get('image') for item in items]
    for index, (prompt, image) in enumerate(zip(prompts, images, strict=True)):
        _check_placeholders(index, prompt, image)
    batch: dict[str, Tensor] = {}
    rows, labels = prompts, None
    if all(having) and not decoder_prefix_ids:
        rows = [prompt + list(answer) for prompt, answer in zip(prompts, answers, strict=True)]
        labels = [
            [IGNORED] * len(prompt) + list(answer)
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
    batch['input_ids'] = _padded(rows, pad_token_id, side)
    batch['attention_mask'] = _padded([[1] * len(row) for row in rows], 0, side)
    if labels is not None:
        batch['labels'] = _padded(labels, IGNORED, side)
    elif all(having):
        batch |= _decoder_side(answers, decoder_prefix_ids, pad_token_id)
    batch |= _joined_images(images)
    if 'image_grid_thw' in batch:
        batch['mm_token_type_ids'] = _token_types(batch['input_ids'], images)
    return batch


def labelled_positions(batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Which positions predict a token of an answer, and these tokens.

    Returns:
        (B, L) bool over the positions of the hidden states, and (N,) int64, the targets in
        row-major order of the positions.
    """
    labels = batch['labels']
    if 'decoder_input_ids' not in batch:  # position t predicts the token at t + 1
        labels = torch.cat((labels[:, 1:], torch.full_like(labels[:, :1], IGNORED)), dim=1)
    positions = labels != IGNORED
    return positions, labels[positions]


def require_token_types(batch: Mapping[str, Any]) -> None:
    """Raise InputValueError for patches without ``mm_token_type_ids``.

    Qwen2.5-VL would answer with one-dimensional positions then, without a word.
    """
    if batch.get('image_grid_thw') is not None and batch.get('mm_token_type_ids') is None:
        raise InputValueError(
            'batch: expected mm_token_type_ids beside image_grid_thw, found none; without them '
            'the model gets wrong positions. Build batches with batch_conversations.'
        )


def _check_placeholders(index: int, prompt: list[int], image: ImageInput | None) -> None:
    if image is None:
        return
    found = prompt.count(image.token_id)
    if found != image.num_tokens:
        raise InputValueError(
            f'conversation {index}: expected {image.num_tokens} picture tokens in the prompt, '
            f'found {found}; make the prompt from the same ImageInput.'
        )


def _padded(rows: Sequence[Sequence[int]], value: int, side: str) -> Tensor:
    width = max(len(row) for row in rows)
    table = torch.full((len(rows), width), value, dtype=torch.int64)
    for index, row in enumerate(rows):
        place = slice(width - len(row), width) if side == 'left' else slice(0, len(row))
        table[index, place] = torch.tensor(list(row), dtype=torch.int64)
    return table


def _decoder_side(answers, prefix: Sequence[int], pad_token_id: int) -> dict[str, Tensor]:
    """Always filled on the right: the decoder's positions count from its first token."""
    inputs = [[*prefix, *answer[:-1]] for answer in answers]
    labels = [[IGNORED] * (len(prefix) - 1) + list(answer) for answer in answers]
    return {
        'decoder_input_ids': _padded(inputs, pad_token_id, 'right'),
        'decoder_attention_mask': _padded([[1] * len(row) for row in inputs], 0, 'right'),
        'labels': _padded(labels, IGNORED, 'right'),
    }


def _joined_images(images: Sequence[ImageInput | None]) -> dict[str, Tensor]:
    present = [image for image in images if image is not None]
    if not present:
        return {}
    if present[0].grid_thw is None:
        return {'pixel_values': torch.stack([image.pixel_values for image in present])}
    return {
        'pixel_values': torch.cat([image.pixel_values for image in present]),
        'image_grid_thw': torch.cat([image.grid_thw for image in present]),
    }


def _token_types(input_ids: Tensor, images: Sequence[ImageInput | None]) -> Tensor:
    token_id = next(image.token_id for image in images if image is not None)
    return torch.where(input_ids == token_id, IMAGE, TEXT)

"""The picture tokens of a training batch, beside what their pictures show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from vlm_detector.codecs.box_codec import BoxCodec
from vlm_detector.families.conversation_encoder import ConversationEncoder
from vlm_detector.models.losses.token_grounding_loss import GroundedTokens


@contextmanager
def kept_embeddings(language_model: nn.Module) -> Iterator[list[Tensor]]:
    """Collects what a language model reads, (B, L, width), while the context is open."""
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _arguments: tuple, named: Mapping[str, Any]) -> None:
        if named.get('inputs_embeds') is not None:
            kept.append(named['inputs_embeds'])

    handle = language_model.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        yield kept
    finally:
        handle.remove()


def grounded_pictures(
    embeddings: Tensor,
    input_ids: Tensor,
    image_token_id: int,
    samples: Sequence[Any],
    texts: Sequence[str],
    codec: BoxCodec,
) -> list[GroundedTokens]:
    """One entry a picture.

    Args:
        embeddings: (B, L, width), of ``kept_embeddings``.
        input_ids: (B, L).
        image_token_id: of the placeholder.
        samples: B data samples with ``texts``, ``img_shape``, ``token_grid_hw`` and
            ``gt_instances``.
        texts: of the batch; those of every sample are among them.
        codec: how answers write boxes.

    Raises:
        InputValueError: the samples are not those of ``PackConversation``.
    """
    place = {text: index for index, text in enumerate(texts)}
    pictures = []
    for row, ids, sample in zip(embeddings, input_ids, samples, strict=True):
        meta = sample.metainfo
        if 'token_grid_hw' not in meta or 'gt_instances' not in sample:
            raise InputValueError(
                f'{meta.get("img_path")}: expected token_grid_hw and gt_instances for '
                'model.auxiliary, found none; pack training samples with PackConversation.'
            )
        rows, columns = meta['token_grid_hw']
        height, width = meta['img_shape'][:2]
        boxes = sample.gt_instances.bboxes
        boxes = getattr(boxes, 'tensor', boxes).to(row.device, torch.float32)
        own = torch.tensor([place[text] for text in meta['texts']], device=row.device)
        pictures.append(
            GroundedTokens(
                states=row[ids == image_token_id][-rows * columns :],
                grid_hw=(rows, columns),
                boxes=boxes / boxes.new_tensor([width, height] * 2),
                texts=own[sample.gt_instances.labels.to(row.device)],
                units_wh=codec.units_wh((width, height), tuple(meta['model_size_wh'])),
            )
        )
    return pictures


def text_embeddings(
    texts: Sequence[str], encoder: ConversationEncoder, embedding: nn.Module
) -> Tensor:
    """(texts, width), the mean over each text's tokens."""
    device = embedding.weight.device
    return torch.stack(
        [
            embedding(torch.tensor(encoder.text_ids(text), device=device)).mean(dim=0)
            for text in texts
        ]
    )


def number_tokens(codec: BoxCodec, encoder: ConversationEncoder) -> tuple[list[int], list[int]]:
    """The tokens that a codec writes numbers with, and the places that they stand for.

    Returns:
        Token ids, 0 first; and of the places of a number: 1 where a token is a whole number,
        hundreds and tens where it is a digit.

    Raises:
        InputValueError: the codec writes fractions.
    """
    if codec.unit != 1:
        raise InputValueError(
            f'model.auxiliary: expected a codec that writes whole numbers, found {codec.name}.'
        )
    texts = codec.special_tokens or tuple('0123456789')
    return [encoder.text_ids(text)[0] for text in texts], [1] if codec.special_tokens else [100, 10]

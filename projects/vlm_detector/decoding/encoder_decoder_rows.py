"""Rows of a model with an encoder for the prompt and a decoder for the answer (Florence-2).

Letters: B rows, I pictures, N tokens of a picture, L tokens of the longest prompt, T tokens of
a step, D hidden width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vl_runtime.compat.optional import require

if TYPE_CHECKING:
    from vlm_detector.families.conversation_encoder import ConversationEncoder
    from vlm_detector.families.image_input import ImageInput


class EncoderDecoderRows:
    """Several answers in progress; all rows take the same number of tokens in a step.

    The decoder numbers its positions by the length of its cache, so rows can't have holes.

    Args:
        model: transformers' Florence-2.
        encoder: its encoder.
        images: the different pictures; the vision tower sees each once.
        prompts: per row the index of its picture and the tokens of its prompt.

    Attributes:
        hidden: (B, T, D), the last step's hidden states.
    """

    takes_blocks = False

    def __init__(
        self,
        model: nn.Module,
        encoder: ConversationEncoder,
        images: Sequence[ImageInput],
        prompts: Sequence[tuple[int, Sequence[int]]],
    ) -> None:
        cache_utils = require(
            'transformers.cache_utils', 'Generation', "pip install 'mmground[vlm]'"
        )
        items = [{'image': images[picture], 'prompt_ids': ids} for picture, ids in prompts]
        batch = encoder.batch(items)
        self._decoder = model.model.language_model.decoder
        self._head = model.lm_head
        self._mask = batch['attention_mask'].to(model.device)
        features = _features(model, images)[[picture for picture, _ in prompts]]
        self._states = _encoded(model, batch['input_ids'].to(model.device), self._mask, features)
        self._cache = cache_utils.EncoderDecoderCache(
            cache_utils.DynamicCache(), cache_utils.DynamicCache()
        )
        self.step([encoder.decoder_prefix_ids] * len(prompts))

    def logits(self, rows: Sequence[int], places: Sequence[int]) -> Tensor:
        """(N, V) float32 raw logits at N places of the last step, counted from its end (-1)."""
        return self._head(self.hidden[list(rows), list(places)]).float()

    def step(self, blocks: Sequence[Sequence[int]]) -> None:
        """Read the next tokens of each row, equally many in all rows."""
        self.hidden = self._decoder(
            input_ids=torch.tensor(blocks, device=self._mask.device),
            encoder_hidden_states=self._states,
            encoder_attention_mask=self._mask,
            past_key_values=self._cache,
            use_cache=True,
        ).last_hidden_state

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order."""
        index = torch.tensor(rows, device=self._mask.device)
        self._cache.batch_select_indices(index)
        self._mask, self._states = self._mask[index], self._states[index]
        self.hidden = self.hidden[index]


def _features(model: nn.Module, images: Sequence[ImageInput]) -> Tensor:
    """(I, N, D): every picture as the encoder takes it."""
    pixels = torch.stack([image.pixel_values for image in images])
    return model.model.get_image_features(pixels.to(model.device, model.dtype)).pooler_output


def _encoded(model: nn.Module, input_ids: Tensor, mask: Tensor, features: Tensor) -> Tensor:
    """(B, L, D): pictures and prompts read by the encoder."""
    embedded = model.get_input_embeddings()(input_ids)
    features = features.to(embedded.dtype)
    places = model.get_placeholder_mask(input_ids, inputs_embeds=embedded, image_features=features)
    embedded = embedded.masked_scatter(places, features)
    encode = model.model.language_model.encoder
    return encode(attention_mask=mask, inputs_embeds=embedded).last_hidden_state

"""Rows of a model that continues its prompt (Qwen): prefill, steps of several tokens, dropping.

Letters: B rows, T tokens of a step, S slots of the cache, D hidden width, V vocabulary.

The rows of one step may take different numbers of tokens. Shorter ones are filled up on the
left with tokens that nobody ever attends to, so a row's slots have holes; its positions are
counted apart from the slots and have none.
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

# Holes are squeezed out of the cache when they are more than this share of its slots.
_MOST_HOLES = 0.25


class CausalRows:
    """Several answers in progress.

    Args:
        model: transformers' Qwen2.5-VL or Qwen3-VL.
        encoder: its encoder.
        prompts: per row a picture and the tokens of its prompt, which may end early: what is
            missing follows as the first step's tokens.

    Attributes:
        hidden: (B, T, D), the last step's hidden states; a row's tokens are the last ones.
    """

    takes_blocks = True

    def __init__(
        self,
        model: nn.Module,
        encoder: ConversationEncoder,
        prompts: Sequence[tuple[ImageInput, Sequence[int]]],
    ) -> None:
        cache_utils = require(
            'transformers.cache_utils', 'Generation', "pip install 'mmground[vlm]'"
        )
        items = [{'image': image, 'prompt_ids': ids} for image, ids in prompts]
        batch = encoder.batch(items, side='left')
        batch = {name: value.to(model.device) for name, value in batch.items()}
        self._model = model
        self._pad = encoder.pad_token_id
        self._cache = cache_utils.DynamicCache()
        self._mask = batch['attention_mask']
        # Not left to the model: it would remember one batch's offsets for the next one.
        positions, offsets = model.model.get_rope_index(
            batch['input_ids'],
            mm_token_type_ids=batch['mm_token_type_ids'],
            image_grid_thw=batch['image_grid_thw'],
            attention_mask=self._mask,
        )
        self._next = self._mask.sum(1) + offsets.flatten()
        self.hidden = model.model(
            **batch, position_ids=positions, past_key_values=self._cache, use_cache=True
        ).last_hidden_state[:, -1:]

    def logits(self, rows: Sequence[int], places: Sequence[int]) -> Tensor:
        """(N, V) float32 raw logits at N places of the last step, counted from its end (-1)."""
        return self._model.lm_head(self.hidden[list(rows), list(places)]).float()

    def step(self, blocks: Sequence[Sequence[int]]) -> None:
        """Read the next tokens of each row, any number each, at least one in all.

        The text model is called directly: around it, a step would look for pictures.
        """
        self._squeeze()
        longest = max(map(len, blocks))
        device = self._mask.device
        ids = [[self._pad] * (longest - len(block)) + list(block) for block in blocks]
        lengths = torch.tensor([len(block) for block in blocks], device=device)
        places = torch.arange(longest, device=device) - (longest - lengths)[:, None]
        self._mask = torch.cat([self._mask, (places >= 0).to(self._mask.dtype)], dim=1)
        positions = (self._next[:, None] + places).clamp(min=0)
        self._next = self._next + lengths
        text = self._model.model.language_model
        self.hidden = text(
            inputs_embeds=text.embed_tokens(torch.tensor(ids, device=device)),
            attention_mask=self._mask,
            position_ids=positions.expand(3, *positions.shape),
            past_key_values=self._cache,
            use_cache=True,
        ).last_hidden_state

    def select(self, rows: Sequence[int]) -> None:
        """Keep these rows, in this order; a row may come more than once."""
        index = torch.tensor(rows, device=self._mask.device)
        self._cache.batch_select_indices(index)
        self._mask, self._next = self._mask[index], self._next[index]
        self.hidden = self.hidden[index]

    def branch(self, rows: Sequence[int]) -> CausalRows:
        """Other rows that start where these ones are; these stay as they are."""
        other = object.__new__(CausalRows)
        other.__dict__.update(self.__dict__)
        layers = [(layer.keys, layer.values) for layer in self._cache.layers]
        other._cache = type(self._cache)()
        index = torch.tensor(rows, device=self._mask.device)
        for number, (keys, values) in enumerate(layers):
            other._cache.update(keys[index], values[index], number)
        other._mask, other._next = self._mask[index], self._next[index]
        other.hidden = self.hidden[index]
        return other

    def _squeeze(self) -> None:
        """Move what is attended to together when there are many holes."""
        num_slots, longest = self._mask.shape[1], int(self._mask.sum(1).max())
        if longest >= (1 - _MOST_HOLES) * num_slots:
            return
        # A stable sort brings the holes, then the tokens in their order.
        order = self._mask.sort(dim=1, stable=True).indices[:, num_slots - longest :]
        self._mask = self._mask.gather(1, order)
        for layer in self._cache.layers:
            index = order[:, None, :, None].expand(-1, layer.keys.shape[1], -1, layer.keys.shape[3])
            layer.keys, layer.values = layer.keys.gather(2, index), layer.values.gather(2, index)

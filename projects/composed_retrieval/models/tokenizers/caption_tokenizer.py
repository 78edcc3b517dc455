"""Texts of a fixed number of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from composed_retrieval.models.layers.qformer_passes import TextTokens

# BLIP-2 starts generated texts with it; the released word embeddings have its row.
DECODER_TOKEN = '[DEC]'


class CaptionTokenizer:
    """A BERT tokenizer with ``[DEC]``: [CLS] text [SEP], padded and cut to ``max_tokens``.

    Args:
        tokenizer: transformers' ``BertTokenizer``; gets the token.
        max_tokens: length of every text.
    """

    def __init__(self, tokenizer: Any, max_tokens: int = 32) -> None:
        tokenizer.add_special_tokens({'bos_token': DECODER_TOKEN})
        tokenizer.padding_side = tokenizer.truncation_side = 'right'
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens

    @property
    def num_entries(self) -> int:
        """Rows that text embeddings need."""
        return len(self.tokenizer)

    def __call__(self, texts: Sequence[str], device: torch.device) -> TextTokens:
        """Tokens of B texts, (B, max_tokens)."""
        batch = self.tokenizer(
            list(texts),
            padding='max_length',
            truncation=True,
            max_length=self.max_tokens,
            return_tensors='pt',
        )
        return TextTokens(batch['input_ids'].to(device), batch['attention_mask'].to(device))

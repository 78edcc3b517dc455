"""The four ways in which a Q-Former reads pictures and texts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

# B pairs, K query tokens, L text tokens, T image tokens, H width of the Q-Former


@dataclass(frozen=True)
class TextTokens:
    """A batch of texts.

    Attributes:
        ids: (B, L) int64, [CLS] first.
        mask: (B, L) int64, 1 for a token and 0 for padding.
    """

    ids: Tensor
    mask: Tensor


@dataclass(frozen=True)
class QFormerPasses:
    """The passes of SPRC over transformers' BLIP-2 modules.

    Attributes:
        embeddings: words and positions, ``Blip2TextEmbeddings``.
        qformer: ``Blip2QFormerModel``.
        query_tokens: (1, K, H).

    Source: sentence-level prompts for composed image retrieval, arXiv:2310.05473.
    """

    embeddings: nn.Module
    qformer: nn.Module
    query_tokens: Tensor

    def sentence_prompt(
        self, image: Tensor, text: TextTokens, cross_bias: Tensor | None = None
    ) -> Tensor:
        """(B, K, H): queries and text read the reference picture.

        Args:
            image: (B, T, C) behind the trunk's layer norm.
            cross_bias: (B, T), added to the cross-attention logits of every query.
        """
        queries = self._queries(len(image))
        num_queries = queries.shape[1]
        bias = None
        if cross_bias is not None:
            bias = cross_bias[:, None, None, :].expand(-1, 1, num_queries, -1)
        states = self.qformer(
            query_embeds=self.embeddings(input_ids=text.ids, query_embeds=queries),
            query_length=num_queries,
            attention_mask=_with_ones(text.mask, num_queries),
            encoder_hidden_states=image,
            encoder_attention_mask=bias,
        ).last_hidden_state
        return states[:, :num_queries]

    def prompted_text(self, prompt: Tensor, text: TextTokens) -> Tensor:
        """(B, H): the text's [CLS] after reading ``prompt`` (B, K, H) and the text, no picture."""
        num_prompts = prompt.shape[1]
        states = self.qformer(
            query_embeds=self.embeddings(input_ids=text.ids, query_embeds=prompt),
            query_length=0,  # every position takes the feed-forward branch of texts
            attention_mask=_with_ones(text.mask, num_prompts),
        ).last_hidden_state
        return states[:, num_prompts]

    def picture(self, image: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """(B, K, H): queries alone read a picture.

        Args:
            image: (B, T, C).
            token_mask: (B, T), 1 for the tokens that are seen; at least one in each row.
        """
        return self.qformer(
            query_embeds=self._queries(len(image)),
            encoder_hidden_states=image,
            encoder_attention_mask=token_mask,
        ).last_hidden_state

    def auxiliary_text(self, prompt_tokens: Tensor, text: TextTokens) -> Tensor:
        """(B, H): [CLS], learned prompt (1, K, H), rest of the text, all with positions."""
        words = self.embeddings.word_embeddings(text.ids)
        prompt = prompt_tokens.expand(len(words), -1, -1).to(words.dtype)
        sequence = torch.cat([words[:, :1], prompt, words[:, 1:]], dim=1)
        positions = torch.arange(sequence.shape[1], device=sequence.device)
        states = self.qformer(
            query_embeds=sequence + self.embeddings.position_embeddings(positions),
            query_length=0,
            attention_mask=_with_ones(text.mask, prompt.shape[1]),
        ).last_hidden_state
        return states[:, 0]

    def _queries(self, batch: int) -> Tensor:
        return self.query_tokens.expand(batch, -1, -1)


def _with_ones(mask: Tensor, count: int) -> Tensor:
    return torch.cat([mask.new_ones(len(mask), count), mask], dim=1)

"""What a model answered to one request, token by token."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class GeneratedAnswer:
    """An answer text with the probability of each of its tokens.

    Attributes:
        text: the answer without its end token.
        token_ids: n tokens, the end token left out.
        logprobs: (n,) float64, natural log of each token's probability under the RAW logits:
            before a grammar masked any, so that they stay comparable with free generation.
            Empty when a server sent none, see ``has_logprobs``.
        token_spans: n pairs [start, end), characters of ``text``. Tokens that share one
            character (a part of its bytes each) all have the span of that character.
        finished: the end token came before the token limit.
        has_logprobs: False for a server that sends no token probabilities.
    """

    text: str
    token_ids: tuple[int, ...]
    logprobs: np.ndarray
    token_spans: tuple[tuple[int, int], ...]
    finished: bool
    has_logprobs: bool = True

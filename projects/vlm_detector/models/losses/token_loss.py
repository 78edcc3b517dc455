"""Cross entropy of answer tokens without holding all logits at once.

Letters: N labelled tokens, D width of the hidden states, V size of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

_TOKENS_AT_ONCE = 1024  # x V = 151,936 x 4 bytes: 0.6 GB of logits


def token_nll(
    hidden: Tensor, targets: Tensor, head: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Negative log-likelihood of each labelled token, and whether it is the likeliest.

    The head runs on pieces, which are computed again in the backward pass, so that memory
    does not grow with N x V.

    Args:
        hidden: (N, D), the states that predict ``targets``.
        targets: (N,) int64.
        head: hidden states (n, D) -> logits (n, V).

    Returns:
        (N,) float32, in nats, and (N,) bool.
    """
    pieces, correct = [], []
    again = torch.is_grad_enabled() and len(targets) > _TOKENS_AT_ONCE
    for start in range(0, len(targets), _TOKENS_AT_ONCE):
        part = slice(start, start + _TOKENS_AT_ONCE)
        arguments = (hidden[part], targets[part], head)
        if again:
            nll, hit = checkpoint(_piece, *arguments, use_reentrant=False)
        else:
            nll, hit = _piece(*arguments)
        pieces.append(nll)
        correct.append(hit)
    if not pieces:
        return hidden.float().sum(dim=1), targets.bool()
    return torch.cat(pieces), torch.cat(correct)


def _piece(hidden: Tensor, targets: Tensor, head: Callable) -> tuple[Tensor, Tensor]:
    logits = head(hidden).float()
    return F.cross_entropy(logits, targets, reduction='none'), logits.argmax(dim=1) == targets

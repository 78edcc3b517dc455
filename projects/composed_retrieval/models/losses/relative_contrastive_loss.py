"""The contrastive and alignment losses of composed retrieval."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.unit_vectors import best_token_similarity

# B pairs of this process, N pairs of all, K tokens, H width of the Q-Former, D of features


@dataclass(frozen=True)
class ContrastedPictures:
    """What queries are contrasted with: picture ``rows.first + i`` is right for query i.

    Attributes:
        features: (N, K, D), L2-normalised, of all processes.
        rows: where the pairs of this process are.
        identities: (N,) int64, equal for equal pictures; None: each row is another picture.
    """

    features: Tensor
    rows: ProcessRows
    identities: Tensor | None = None

    @classmethod
    def of_all_processes(
        cls, features: Tensor, identities: Tensor | None = None
    ) -> ContrastedPictures:
        """Gather (B, K, D) and (B,) of this process; every process must call it."""
        rows = ProcessRows.of(len(features), features.device)
        if identities is not None:
            identities = rows.gather(identities.to(features.device))
        return cls(rows.gather(features), rows, identities)

    def loss(self, queries: Tensor, temperature: Tensor | float) -> Tensor:
        """Cross-entropy from query to picture, a scalar.

        Other rows with the right picture are neither right nor wrong, where ``identities``
        tell them.

        Args:
            queries: (B, D), L2-normalised.
            temperature: similarities are divided by it.
        """
        similarity = best_token_similarity(queries, self.features)
        return query_to_picture_loss(similarity / temperature, self.rows, self.identities)


def query_to_picture_loss(
    logits: Tensor, rows: ProcessRows, identities: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy over the pairs of all processes, this process's share; a scalar.

    Args:
        logits: (B, N); column ``rows.first + i`` is right for row i.
        identities: see ``ContrastedPictures``.
    """
    labels = torch.arange(len(logits), device=logits.device) + rows.first
    if identities is not None:
        same = identities[rows.own][:, None] == identities[None, :]
        same[torch.arange(len(logits), device=same.device), labels] = False
        logits = logits.masked_fill(same, float('-inf'))
    return rows.mean(F.cross_entropy(logits, labels, reduction='sum'))


def alignment_loss(prompts: Tensor, prompt_tokens: Tensor, rows: ProcessRows) -> Tensor:
    """Squared distance of the mean prompt to the mean of the learned prompt tokens, a scalar.

    Args:
        prompts: (B, K, H), of each pair.
        prompt_tokens: (1, K', H); gets no gradient.
    """
    goal = prompt_tokens.detach().float().mean(dim=1)
    distance = (prompts.float().mean(dim=1) - goal).square().mean(dim=-1)
    return rows.mean(distance.sum())

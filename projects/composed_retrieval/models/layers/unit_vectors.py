"""Features of length 1 and how a query is compared with a picture."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def unit_vectors(vectors: Tensor) -> Tensor:
    """Length 1 along the last axis, in float32."""
    return F.normalize(vectors.float(), dim=-1)


def best_token_similarity(queries: Tensor, pictures: Tensor) -> Tensor:
    """(B, N): each query (B, D) with the best of the K vectors of each picture (N, K, D)."""
    num_pictures, num_tokens, width = pictures.shape
    products = queries @ pictures.reshape(-1, width).T
    return products.reshape(len(queries), num_pictures, num_tokens).amax(dim=-1)

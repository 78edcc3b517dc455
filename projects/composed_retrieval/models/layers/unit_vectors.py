"""Features of length 1 and how a query is compared with a picture."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def unit_vectors(vectors: Tensor) -> Tensor:
    """Length 1 along the last axis, in float32."""
    return F.normalize(vectors.float(), dim=-1)


def best_token_similarity(queries: Tensor, pictures: Tensor) -> Tensor:
    """(B, N): each query (B, D) with the best of the K vectors of each picture (N, K, D)."""
    num_pictures, num_tokens, width = pictures.shape
    # Divided by a temperature of 0.07, the rounding of half precision would show.
    with torch.autocast(queries.device.type, enabled=False):
        products = queries @ pictures.reshape(-1, width).T
    return products.reshape(len(queries), num_pictures, num_tokens).amax(dim=-1)

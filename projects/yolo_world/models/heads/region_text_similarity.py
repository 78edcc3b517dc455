"""Dot products between every pixel and every text.

Letters: B images, K texts, D width, H x W grid.
"""

from __future__ import annotations

import torch
from torch import Tensor


def region_text_dot(x: Tensor, texts: Tensor, use_einsum: bool) -> Tensor:
    """Compare ``x`` (B, D, H, W) with ``texts`` (B, K, D): (B, K, H, W).

    ``use_einsum=False`` gives the same values by matmul, for exporters that
    have no einsum.
    """
    if use_einsum:
        return torch.einsum('bdhw,bkd->bkhw', x, texts)
    return (texts @ x.flatten(2)).unflatten(2, x.shape[-2:])

"""Dot products between every pixel and every text.

Letters: B images, K texts, D width, H x W grid.
"""

from __future__ import annotations

from torch import Tensor


def region_text_dot(x: Tensor, texts: Tensor) -> Tensor:
    """Compare ``x`` (B, D, H, W) with ``texts`` (B or 1, K, D): (B, K, H, W)."""
    return (texts @ x.flatten(2)).unflatten(2, x.shape[-2:])

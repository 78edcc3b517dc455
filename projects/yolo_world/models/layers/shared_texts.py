"""Text features that all images of a batch share."""

from __future__ import annotations

from torch import Tensor


def without_copies(texts: Tensor) -> Tensor:
    """Texts (B, K, D), or (1, K, D) when B > 1 images share one memory (``expand``).

    What is computed from texts alone is then computed once and broadcast.
    """
    return texts[:1] if texts.stride(0) == 0 else texts

"""The best-matching text of every pixel, without the scores of all texts in memory.

Letters: B images, M heads, K texts, D channels per head, P pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 64  # scores of that many texts stay in the processor's cache


def best_match(embed: Tensor, guide: Tensor) -> Tensor:
    """Largest dot product over the texts: (B, M, P).

    A long list of texts is compared in parts when no gradient is wanted. Exported
    graphs have one product, whatever K is.

    Args:
        embed: image features (B, M, D, P).
        guide: text vectors (B, M, K, D), or (M, K, D) for all images.
    """
    if torch.is_grad_enabled():
        # Of texts that match equally well, `max` gives the gradient to one, `amax` to all.
        return (guide @ embed).max(dim=2).values
    exporting = torch.jit.is_tracing() or torch.onnx.is_in_onnx_export()
    if exporting or guide.shape[-2] <= 2 * CHUNK:
        return (guide @ embed).amax(dim=2)
    parts = ((part @ embed).amax(dim=2) for part in guide.split(CHUNK, dim=-2))
    best = next(parts)
    for part in parts:
        best = torch.maximum(best, part)
    return best

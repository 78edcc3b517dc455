"""The best-matching class of every pixel, without the scores of all classes in memory.

Letters: B images, M heads, K classes, D channels per head, P pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 64  # scores of that many classes stay in the processor's cache


def best_match(embed: Tensor, guide: Tensor) -> Tensor:
    """Largest dot product over the classes: (B, M, P).

    Args:
        embed: image features (B, M, D, P).
        guide: class vectors (M, K, D).

    Without gradients a long list of classes is compared in parts. Exported graphs
    have one product.
    """
    num_classes = guide.shape[1]
    whole = torch.is_grad_enabled() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export()
    if whole or num_classes <= 2 * CHUNK:
        return (guide @ embed).amax(dim=2)
    parts = ((part @ embed).amax(dim=2) for part in guide.split(CHUNK, dim=1))
    best = next(parts)
    for part in parts:
        best = torch.maximum(best, part)
    return best

"""A few numbers of a frozen base model, by which an adapter knows it again."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SAMPLE_SIZE = 64
# Rounding to bfloat16 or float16 moves a value by at most 2**-8 of itself.
_RELATIVE, _ABSOLUTE = 2**-7, 1e-4


@torch.no_grad()
def sample_base(model: nn.Module) -> Tensor:
    """(64,) float32: values spread over the input embedding, which is never quantised."""
    weight = model.get_input_embeddings().weight
    rows = torch.linspace(0, weight.shape[0] - 1, SAMPLE_SIZE).long()
    columns = torch.arange(SAMPLE_SIZE) % weight.shape[1]
    return weight[rows.to(weight.device), columns.to(weight.device)].float().cpu()


def same_base(first: Tensor, second: Tensor) -> bool:
    """Whether two samples are of one model, in whatever precision each was loaded."""
    return first.shape == second.shape and torch.allclose(
        first.float().cpu(), second.float().cpu(), rtol=_RELATIVE, atol=_ABSOLUTE
    )

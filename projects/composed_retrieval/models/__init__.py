"""The retrieval model: trunk, Q-Former, losses, tokenizers."""

from composed_retrieval.models import (
    backbones,
    data_preprocessors,
    layers,
    losses,
    retrievers,
    tokenizers,
)

__all__ = ['backbones', 'data_preprocessors', 'layers', 'losses', 'retrievers', 'tokenizers']

"""Losses between queries and pictures."""

from composed_retrieval.models.losses.relative_contrastive_loss import (
    ContrastedPictures,
    alignment_loss,
)

__all__ = ['ContrastedPictures', 'alignment_loss']

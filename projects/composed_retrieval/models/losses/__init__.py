"""Losses between queries and pictures, and between their regions."""

from composed_retrieval.models.losses.region_contrast_loss import RegionContrastLoss
from composed_retrieval.models.losses.relative_contrastive_loss import (
    ContrastedPictures,
    alignment_loss,
)

__all__ = ['ContrastedPictures', 'RegionContrastLoss', 'alignment_loss']

"""Weights of a retrieval model: where they come from and what they are called."""

from composed_retrieval.weights.backbone_check import check_backbone
from composed_retrieval.weights.lavis_layout import RetrieverWeights, from_lavis, to_lavis
from composed_retrieval.weights.weight_source import read_weights

__all__ = ['RetrieverWeights', 'check_backbone', 'from_lavis', 'read_weights', 'to_lavis']

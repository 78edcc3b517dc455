"""Loops, hooks and samplers of composed retrieval."""

from composed_retrieval.engine.frozen_weights_hook import FrozenWeightsHook
from composed_retrieval.engine.gallery_query_test_loop import GalleryQueryTestLoop
from composed_retrieval.engine.gallery_query_val_loop import GalleryQueryValLoop
from composed_retrieval.engine.metrics_csv_hook import MetricsCSVHook
from composed_retrieval.engine.subset_order_sampler import SubsetOrderSampler
from composed_retrieval.engine.token_cache_hook import TokenCacheHook

__all__ = [
    'FrozenWeightsHook',
    'GalleryQueryTestLoop',
    'GalleryQueryValLoop',
    'MetricsCSVHook',
    'SubsetOrderSampler',
    'TokenCacheHook',
]

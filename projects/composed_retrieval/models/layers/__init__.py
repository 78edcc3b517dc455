"""Building blocks: the Q-Former and its passes, feature vectors, rows of several processes."""

from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.qformer_parts import QFormerSettings, build_qformer
from composed_retrieval.models.layers.qformer_passes import QFormerPasses, TextTokens
from composed_retrieval.models.layers.unit_vectors import best_token_similarity, unit_vectors

__all__ = [
    'ProcessRows',
    'QFormerPasses',
    'QFormerSettings',
    'TextTokens',
    'best_token_similarity',
    'build_qformer',
    'unit_vectors',
]

"""Building blocks: the Q-Former and its passes, box attention, features, rows of processes."""

from composed_retrieval.models.layers.box_attention import BoxAttention
from composed_retrieval.models.layers.process_rows import ProcessRows
from composed_retrieval.models.layers.qformer_parts import QFormerSettings, build_qformer
from composed_retrieval.models.layers.qformer_passes import QFormerPasses, TextTokens
from composed_retrieval.models.layers.unit_vectors import best_token_similarity, unit_vectors

__all__ = [
    'BoxAttention',
    'ProcessRows',
    'QFormerPasses',
    'QFormerSettings',
    'TextTokens',
    'best_token_similarity',
    'build_qformer',
    'unit_vectors',
]

"""Ranking a gallery: no network, only feature matrices and names."""

from composed_retrieval.ranking.faiss_index import FaissIndex, recall
from composed_retrieval.ranking.gallery_ranking import Ranking, rank_gallery
from composed_retrieval.ranking.query_ranking import NUM_RANKED, QueryRanking, rank_queries

__all__ = [
    'NUM_RANKED',
    'FaissIndex',
    'QueryRanking',
    'Ranking',
    'rank_gallery',
    'rank_queries',
    'recall',
]

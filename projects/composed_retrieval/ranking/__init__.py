"""Ranking a gallery: no network, only feature matrices and names."""

from composed_retrieval.ranking.faiss_index import FaissIndex, recall
from composed_retrieval.ranking.query_ranking import NUM_RANKED, QueryRanking, rank_queries
from composed_retrieval.ranking.rank_gallery import Ranking, rank_gallery

__all__ = [
    'NUM_RANKED',
    'FaissIndex',
    'QueryRanking',
    'Ranking',
    'rank_gallery',
    'rank_queries',
    'recall',
]

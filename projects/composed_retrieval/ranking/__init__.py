"""Ranking a gallery: no network, only feature matrices and names."""

from composed_retrieval.ranking.faiss_index import FaissIndex, recall
from composed_retrieval.ranking.gallery_ranking import Ranking, rank_gallery
from composed_retrieval.ranking.query_ranking import NUM_RANKED, QueryRanking, rank_queries
from composed_retrieval.ranking.ranking_file import read_ranking_file, write_ranking_file

__all__ = [
    'NUM_RANKED',
    'FaissIndex',
    'QueryRanking',
    'Ranking',
    'rank_gallery',
    'rank_queries',
    'read_ranking_file',
    'recall',
    'write_ranking_file',
]

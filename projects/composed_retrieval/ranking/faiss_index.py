"""FAISS for galleries of hundreds of thousands of pictures; the package is loaded when used.

# Q queries, N pictures, K vectors a picture, D width
"""

from __future__ import annotations

import numpy as np
import torch

from composed_retrieval.ranking.gallery_ranking import Ranking
from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError

_ROWS_AT_ONCE = 2**16


class FaissIndex:
    """Candidates from an inner-product index over all N * K vectors, re-scored exactly.

    A query is one vector and a picture has K, so the best K * k vectors hold at least k
    different pictures, and among them the k best: with ``Flat`` the ranking is exact. Any
    other index is approximate; ``recall`` tells how far.

    Args:
        gallery_features: (N, K, D), kept for re-scoring (may be memory-mapped).
        factory: FAISS's description of the index: ``Flat``, ``SQfp16``, ``IVF1024,PQ64``, ...
        candidates: vectors looked at, in multiples of K * k.
        num_probes: lists that an IVF index visits.

    Raises:
        InputValueError: the package faiss is missing, or it refuses the description.
    """

    def __init__(
        self,
        gallery_features: np.ndarray,
        factory: str = 'Flat',
        *,
        candidates: int = 1,
        num_probes: int = 16,
    ) -> None:
        self._faiss = optional.require('faiss', 'FaissIndex', "pip install 'mmground[retrieval]'")
        self._features = gallery_features
        self._candidates = candidates
        num, tokens, width = gallery_features.shape
        vectors = gallery_features.reshape(num * tokens, width)
        try:
            self._index = self._faiss.index_factory(
                width, factory, self._faiss.METRIC_INNER_PRODUCT
            )
        except RuntimeError as error:
            raise InputValueError(
                f'faiss: {factory!r} is no index for vectors of width {width}.'
            ) from error
        if not self._index.is_trained:
            stride = max(1, len(vectors) // (4 * _ROWS_AT_ONCE))
            self._index.train(np.ascontiguousarray(vectors[::stride], dtype=np.float32))
        for first in range(0, len(vectors), _ROWS_AT_ONCE):
            rows = vectors[first : first + _ROWS_AT_ONCE]
            self._index.add(np.ascontiguousarray(rows, dtype=np.float32))
        if hasattr(self._index, 'nprobe'):
            self._index.nprobe = num_probes

    def rank(self, query_features: np.ndarray, k: int) -> Ranking:
        """As ``rank_gallery`` without watched pictures; ties go by gallery index.

        A query for which the index finds fewer than k pictures has -1 and -inf behind them.
        """
        queries = np.ascontiguousarray(query_features, dtype=np.float32)
        tokens = self._features.shape[1]
        wanted = min(self._candidates * tokens * k, self._index.ntotal)
        _, vectors = self._index.search(queries, wanted)
        k = min(k, len(self._features))
        indices = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        for row, found in enumerate(vectors):
            pictures = np.unique(found[found >= 0] // tokens)
            stored = np.asarray(self._features[pictures], dtype=np.float32)
            exact = (stored @ queries[row]).max(axis=1)
            order = np.lexsort((pictures, -exact))[:k]
            indices[row, : len(order)] = pictures[order]
            scores[row, : len(order)] = exact[order]
        return Ranking(
            torch.from_numpy(indices),
            torch.from_numpy(scores),
            torch.empty(len(queries), 0),
        )


def recall(approximate: Ranking, exact: Ranking) -> float:
    """Share of the exact top-k that the approximate one has too, 0..1, mean over the queries."""
    same = (approximate.indices[:, :, None] == exact.indices.cpu()[:, None, :]).any(dim=1)
    return float(same.float().mean())

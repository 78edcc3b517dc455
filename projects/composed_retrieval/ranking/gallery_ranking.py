"""Rank a gallery of several vectors a picture: matrix products in chunks, a running top-k.

# Q queries, N pictures, K vectors a picture, D width
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np
import torch

from vl_runtime.errors import InputValueError

Features = np.ndarray | torch.Tensor
_QUERIES_AT_ONCE = 4096
_LEAST_BLOCK = 1024  # pictures whose scores are kept before the best are chosen


@dataclass(frozen=True)
class Ranking:
    """The best pictures of each query.

    Attributes:
        indices: (Q, k) int64 into the gallery, best first; k is N in a smaller gallery.
        scores: (Q, k) float32.
        watched_scores: (Q, M) float32, of the pictures that were asked for by index; -inf
            where the index was -1.
    """

    indices: torch.Tensor
    scores: torch.Tensor
    watched_scores: torch.Tensor


def rank_gallery(
    query_features: Features,
    gallery_features: Features,
    k: int,
    *,
    members: np.ndarray | None = None,
    watched: np.ndarray | None = None,
    max_bytes: int = 2**26,
) -> Ranking:
    """The k pictures with the highest score, which is the largest product with their K vectors.

    Equal scores are ranked by gallery index, on any device. What is held at a time does not
    grow with N: features are read chunk by chunk, and may be a memory-mapped file in half
    precision; products are computed in float32 where the queries are.

    Args:
        query_features: (Q, D).
        gallery_features: (N, K, D).
        k: how many; at least 1.
        members: (n,) the gallery is these rows of ``gallery_features``, and all indices count
            through them; by default all rows.
        watched: (Q, M) gallery indices whose scores are wanted whatever their rank; -1 for none.
        max_bytes: size of one product and of the features that enter it.

    Raises:
        InputValueError: the shapes don't fit together, the gallery is empty, or a score is not
            a finite number.
    """
    queries = torch.as_tensor(query_features).float()
    num = _check_shapes(queries, gallery_features, k, members)
    watched = np.full((len(queries), 0), -1) if watched is None else np.asarray(watched)
    blocks = [
        _rank_block(
            queries[first : first + _QUERIES_AT_ONCE],
            _Gallery(gallery_features, members, num),
            min(k, num),
            torch.as_tensor(watched[first : first + _QUERIES_AT_ONCE]),
            max_bytes=max_bytes,
            first_query=first,
        )
        for first in range(0, len(queries), _QUERIES_AT_ONCE)
    ]
    return Ranking(*(torch.cat(parts) for parts in zip(*blocks, strict=True)))


@dataclass(frozen=True)
class _Gallery:
    features: Features
    members: np.ndarray | None
    num: int

    def rows(self, first: int, last: int, device: torch.device) -> torch.Tensor:
        """(n * K, D) float32 of the pictures ``first`` .. ``last - 1``."""
        chosen = slice(first, last) if self.members is None else self.members[first:last]
        piece = self.features[chosen]
        if isinstance(piece, np.ndarray):
            piece = torch.from_numpy(np.ascontiguousarray(piece, dtype=np.float32))
        return piece.to(device, torch.float32).reshape(-1, piece.shape[-1])

    def forget_mapped_pages(self) -> None:
        """Give back what a memory-mapped file has taken; it is read again when needed."""
        mapped = getattr(self.features, 'base', None)
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, 'MADV_DONTNEED'):
            mapped.madvise(mmap.MADV_DONTNEED)


def _rank_block(
    queries: torch.Tensor,
    gallery: _Gallery,
    k: int,
    watched: torch.Tensor,
    *,
    max_bytes: int,
    first_query: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Indices, scores and watched scores of some queries."""
    num_tokens, width = gallery.features.shape[1:]
    step = max(1, max_bytes // (4 * num_tokens * (len(queries) + width)))
    block = max(k, _LEAST_BLOCK)
    best_scores = queries.new_empty(len(queries), 0)
    best_indices = torch.empty(len(queries), 0, dtype=torch.int64, device=queries.device)
    watched_scores = queries.new_full(watched.shape, -torch.inf)
    watched = watched.to(queries.device, torch.int64)
    for start in range(0, gallery.num, block):
        stop = min(start + block, gallery.num)
        scores = queries.new_empty(len(queries), stop - start)
        for first in range(start, stop, step):
            last = min(first + step, stop)
            product = queries @ gallery.rows(first, last, queries.device).T
            scores[:, first - start : last - start] = product.view(
                len(queries), last - first, num_tokens
            ).amax(dim=-1)
        _check_finite(scores, first_query, start)
        here = (watched >= start) & (watched < stop)
        found = scores.gather(1, torch.where(here, watched - start, 0))
        watched_scores = torch.where(here, found, watched_scores)
        numbers = torch.arange(start, stop, device=queries.device).expand(len(queries), -1)
        # Earlier pictures stand first and the sort is stable: ties go by gallery index.
        merged = torch.cat([best_scores, scores], dim=1).sort(dim=1, descending=True, stable=True)
        best_scores = merged.values[:, :k]
        best_indices = torch.cat([best_indices, numbers], dim=1).gather(1, merged.indices[:, :k])
        gallery.forget_mapped_pages()
    return best_indices, best_scores, watched_scores


def _check_shapes(
    queries: torch.Tensor, gallery: Features, k: int, members: np.ndarray | None
) -> int:
    """The number of pictures in the gallery."""
    if queries.ndim != 2 or len(gallery.shape) != 3 or queries.shape[-1] != gallery.shape[-1]:
        raise InputValueError(
            f'ranking: expected queries (Q, D) and a gallery (N, K, D), found '
            f'{tuple(queries.shape)} and {tuple(gallery.shape)}.'
        )
    num = len(gallery) if members is None else len(members)
    if not num or not gallery.shape[1] or not len(queries) or k < 1:
        raise InputValueError(
            f'ranking: expected at least one query, one picture and k of 1, found {len(queries)} '
            f'queries, a gallery {tuple(gallery.shape)} of which {num} are used, k {k}.'
        )
    return num


def _check_finite(scores: torch.Tensor, first_query: int, first_picture: int) -> None:
    finite = torch.isfinite(scores)
    if not finite.all():
        query, picture = (~finite).nonzero()[0].tolist()
        raise InputValueError(
            f'ranking: expected finite features, found the score {scores[query, picture].item()} '
            f'for query {first_query + query} and picture {first_picture + picture}.'
        )

"""From two feature matrices to the ranked names of every query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from composed_retrieval.ranking.gallery_ranking import Features, rank_gallery
from vl_runtime.errors import InputKeyError, InputValueError

# 50 names are scored and submitted, and the reference may be among the best.
NUM_RANKED = 51


@dataclass(frozen=True)
class QueryRanking:
    """What a model answers to one query.

    Attributes:
        query_id: of the query.
        ranking: names of the best pictures of the whole gallery, best first, the reference
            not left out.
        subset_ranking: all names of the query's subset, best first; empty without a subset.
    """

    query_id: str
    ranking: tuple[str, ...]
    subset_ranking: tuple[str, ...] = ()


def rank_queries(
    queries: Sequence[Mapping[str, Any]],
    query_features: Features,
    gallery_names: Sequence[str],
    gallery_features: Features,
    galleries: Mapping[str, Sequence[str]],
    *,
    num_ranked: int = NUM_RANKED,
    max_bytes: int = 2**26,
) -> list[QueryRanking]:
    """Rank for each query the gallery that it belongs to.

    Args:
        queries: Q items with ``query_id``, ``gallery`` and ``subset`` (items of a query data
            set are such).
        query_features: (Q, D), L2-normalised, in the same order.
        gallery_names: of all N pictures with features, each once.
        gallery_features: (N, K, D), L2-normalised.
        galleries: names of each gallery, in the order in which ties are broken.
        num_ranked: names in ``ranking``.
        max_bytes: see ``rank_gallery``.

    Raises:
        InputKeyError: a picture of a gallery or subset has no features.
        InputValueError: other numbers of names than of features, a name or a query twice, or
            features that can't be ranked.
    """
    _check_numbers(queries, query_features, gallery_names, gallery_features)
    position = {name: index for index, name in enumerate(gallery_names)}
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, query in enumerate(queries):
        rows_of[query['gallery']].append(row)
    answers: dict[int, QueryRanking] = {}
    for gallery, rows in rows_of.items():
        names = galleries[gallery]
        members = _positions(names, position, gallery)
        whole = len(members) == len(gallery_names) and (np.diff(members) == 1).all()
        subsets = _subset_indices([queries[row] for row in rows], names)
        ranking = rank_gallery(
            query_features[rows],
            gallery_features,
            num_ranked,
            members=None if whole else members,
            watched=subsets,
            max_bytes=max_bytes,
        )
        best = ranking.indices.tolist()
        ordered = _ordered_subsets(subsets, ranking.watched_scores.cpu())
        for row, indices, subset in zip(rows, best, ordered, strict=True):
            answers[row] = QueryRanking(
                queries[row]['query_id'],
                tuple(names[index] for index in indices),
                tuple(names[index] for index in subset),
            )
    return [answers[row] for row in range(len(queries))]


def _check_numbers(queries, query_features, gallery_names, gallery_features) -> None:
    for what, labels, features in (
        ('queries', [query['query_id'] for query in queries], query_features),
        ('gallery pictures', gallery_names, gallery_features),
    ):
        if len(labels) != len(features):
            raise InputValueError(
                f'ranking: expected features of {len(labels)} {what}, found {len(features)}.'
            )
        if len(set(labels)) != len(labels):
            twice = next(label for label in labels if list(labels).count(label) > 1)
            raise InputValueError(
                f'ranking: expected each of the {what} once, found {twice!r} more.'
            )


def _positions(names: Sequence[str], position: Mapping[str, int], gallery: str) -> np.ndarray:
    missing = [name for name in names if name not in position]
    if missing:
        raise InputKeyError(
            f'ranking: {len(missing)} of {len(names)} pictures of gallery {gallery!r} have no '
            f'features, first: {missing[0]!r}.'
        )
    return np.array([position[name] for name in names], dtype=np.int64)


def _subset_indices(queries: Sequence[Mapping[str, Any]], names: Sequence[str]) -> np.ndarray:
    """(Q, M) indices of each query's subset in the gallery, -1 where there are fewer than M."""
    index_of = {name: index for index, name in enumerate(names)}
    most = max(len(query['subset']) for query in queries)
    table = np.full((len(queries), most), -1, dtype=np.int64)
    for row, query in enumerate(queries):
        for column, name in enumerate(query['subset']):
            if name not in index_of:
                raise InputKeyError(
                    f'ranking: query {query["query_id"]}: the subset member {name!r} is not in '
                    f'gallery {query["gallery"]!r}.'
                )
            table[row, column] = index_of[name]
    return table


def _ordered_subsets(subsets: np.ndarray, scores: torch.Tensor) -> Iterator[list[int]]:
    """The members by score, ties by gallery index."""
    for indices, values in zip(subsets.tolist(), scores.tolist(), strict=True):
        pairs = sorted((-value, index) for index, value in zip(indices, values) if index >= 0)
        yield [index for _, index in pairs]

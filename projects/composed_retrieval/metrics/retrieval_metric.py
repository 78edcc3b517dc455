"""What the metrics on ranked names share: one result a query, each query once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric

from vl_runtime.errors import InputValueError


class RetrievalMetric(BaseMetric):
    """Base of the metrics; values are 0..1.

    A data sample is an item of a query data set (``query_id``, ``gallery``, ``reference`` and
    ``target`` with their ``name``, ``subset``, ``ground_truths``, ...) with ``ranking`` and
    ``subset_ranking`` (names, best first; see ``QueryRanking``).

    Raises:
        InputValueError: the split keeps its targets secret (told before anything runs), a
            query comes twice, or a ranking is too short or has a name twice.
    """

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the query data set."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        if not (dataset_meta or {}).get('has_targets', True):
            raise InputValueError(
                f'{type(self).__name__}: {dataset_meta.get("source")}: split '
                f'{dataset_meta.get("split")!r} has no targets, so nothing can be scored; validate '
                'on val, and send the ranking of this split with tools/make_submission.py.'
            )
        self._dataset_meta = dataset_meta

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """One result for each data sample."""
        for sample in data_samples:
            if sample.get('target') is None:
                raise InputValueError(
                    f'{type(self).__name__}: query {sample["query_id"]}: expected a target, found '
                    'none; use a split that has targets.'
                )
            names = sample['ranking']
            if len(set(names)) != len(names):
                raise InputValueError(
                    f'{type(self).__name__}: query {sample["query_id"]}: expected each name once '
                    'in the ranking, found one twice.'
                )
            result = {'query_id': sample['query_id'], 'gallery': sample['gallery']}
            self.results.append(result | self.judged(sample))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """The values over all queries."""
        seen: set[str] = set()
        for result in results:
            if result['query_id'] in seen:
                raise InputValueError(
                    f'{type(self).__name__}: expected every query once, found '
                    f'{result["query_id"]!r} again among {len(results)} results.'
                )
            seen.add(result['query_id'])
        return self.summary(results)

    @abstractmethod
    def judged(self, sample: dict) -> dict[str, Any]:
        """What one query contributes."""

    @abstractmethod
    def summary(self, results: list[dict]) -> dict[str, float]:
        """The values of all queries."""

    def found_within(
        self, sample: dict, names: Sequence[str], right: Collection[str], depth: int
    ) -> list[int]:
        """One-based ranks within ``depth`` at which a name of ``right`` stands.

        Raises:
            InputValueError: fewer than ``depth`` names although not all of ``right`` are among
                them, so a rank is not known.
        """
        ranks = [rank for rank, name in enumerate(names[:depth], start=1) if name in right]
        if len(names) < depth and len(ranks) < len(right):
            raise InputValueError(
                f'{type(self).__name__}: query {sample["query_id"]}: expected the {depth} best '
                f'names (or the whole gallery), found {len(names)}.'
            )
        return ranks


def without(names: Sequence[str], left_out: str) -> list[str]:
    """``names`` without one of them."""
    return [name for name in names if name != left_out]


def mean(values: Sequence[float | bool]) -> float:
    """The mean of at least one value."""
    return sum(values) / len(values)


def recall_at(ranks: Sequence[Sequence[int]], k: int) -> float:
    """Share of queries with a hit within k; ``ranks`` has the ranks of each query's hits."""
    return mean([any(rank <= k for rank in of_query) for of_query in ranks])

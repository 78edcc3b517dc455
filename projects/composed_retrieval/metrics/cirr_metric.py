"""CIRR: recall in the whole split and in the group of six, the reference left out of both."""

from __future__ import annotations

from typing import Any

from mmengine.registry import METRICS

from composed_retrieval.metrics.retrieval_metric import (
    RetrievalMetric,
    mean,
    recall_at,
    without,
)
from vl_runtime.errors import InputValueError

_GLOBAL = (1, 5, 10, 50)
_SUBSET = (1, 2, 3)


@METRICS.register_module()
class CIRRMetric(RetrievalMetric):
    """``cirr/R@1|5|10|50``, ``cirr/Rsub@1|2|3``, ``cirr/avg``, ``cirr/mean7``, all 0..1.

    The gallery of R@k is the split without the reference, that of Rsub@k the five other
    members of the group. ``avg`` is the mean of R@5 and Rsub@1, ``mean7`` that of all seven.

    Errors: see ``RetrievalMetric``; a ranking of 51 names is always long enough.

    Source: arXiv:2108.04024.
    """

    default_prefix = 'cirr'

    def judged(self, sample: dict) -> dict[str, Any]:
        """Ranks of the target, one-based, in both galleries."""
        target, reference = sample['target']['name'], sample['reference']['name']
        names = without(sample['ranking'], reference)
        members = without(sample['subset_ranking'], reference)
        if sorted([*members, reference]) != sorted(sample['subset']):
            raise InputValueError(
                f'CIRRMetric: query {sample["query_id"]}: expected a subset_ranking of the '
                f"subset's {len(sample['subset'])} members, found {len(sample['subset_ranking'])} "
                'names.'
            )
        return {
            'ranks': self.found_within(sample, names, {target}, _GLOBAL[-1]),
            'subset_ranks': [members.index(target) + 1],
        }

    def summary(self, results: list[dict]) -> dict[str, float]:
        """The nine values."""
        ranks = [result['ranks'] for result in results]
        subset_ranks = [result['subset_ranks'] for result in results]
        values = {f'R@{k}': recall_at(ranks, k) for k in _GLOBAL}
        values |= {f'Rsub@{k}': recall_at(subset_ranks, k) for k in _SUBSET}
        seven = mean(list(values.values()))
        return {**values, 'avg': mean([values['R@5'], values['Rsub@1']]), 'mean7': seven}

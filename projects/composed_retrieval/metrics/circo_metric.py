"""CIRCO: mean average precision with several right answers a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.registry import METRICS

from composed_retrieval.metrics.retrieval_metric import RetrievalMetric, mean, recall_at

_DEPTHS = (5, 10, 25, 50)
_ASPECT_DEPTH = 10


@METRICS.register_module()
class CIRCOMetric(RetrievalMetric):
    """``circo/mAP@5|10|25|50``, ``circo/R@5|10|25|50``, ``circo/mAP@10/ASPECT``, all 0..1.

    Average precision at k is the sum of the precision at each hit within k, divided by the
    smaller of k and the number of right answers. Recall looks at the target alone.

    Source: arXiv:2303.15247.
    """

    default_prefix = 'circo'

    def judged(self, sample: dict) -> dict[str, Any]:
        """Average precisions, and the one-based rank of the target."""
        truths, names = set(sample['ground_truths']), sample['ranking']
        hits = self.found_within(sample, names, truths, _DEPTHS[-1])
        target = {sample['target']['name']}
        return {
            'precisions': {k: average_precision_at(hits, len(truths), k) for k in _DEPTHS},
            'ranks': [rank for rank in hits if names[rank - 1] in target],
            'aspects': tuple(sample.get('aspects') or ()),
        }

    def summary(self, results: list[dict]) -> dict[str, float]:
        """Values of all queries, and of those with each aspect."""
        ranks = [result['ranks'] for result in results]
        values = {f'mAP@{k}': mean([r['precisions'][k] for r in results]) for k in _DEPTHS}
        values |= {f'R@{k}': recall_at(ranks, k) for k in _DEPTHS}
        for aspect in sorted({aspect for result in results for aspect in result['aspects']}):
            having = [
                result['precisions'][_ASPECT_DEPTH]
                for result in results
                if aspect in result['aspects']
            ]
            values[f'mAP@{_ASPECT_DEPTH}/{aspect}'] = mean(having)
        return values


def average_precision_at(hits: Sequence[int], num_right: int, k: int) -> float:
    """Average precision at k, 0..1.

    Args:
        hits: one-based ranks of right answers, ascending.
        num_right: how many right answers there are.
    """
    within = [rank for rank in hits if rank <= k]
    return sum((i + 1) / rank for i, rank in enumerate(within)) / min(num_right, k)

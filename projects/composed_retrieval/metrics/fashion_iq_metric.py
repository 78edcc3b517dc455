"""FashionIQ: recall per category, each with a gallery of its own, the reference left in."""

from __future__ import annotations

from typing import Any

from mmengine.logging import print_log
from mmengine.registry import METRICS

from composed_retrieval.metrics.retrieval_metric import RetrievalMetric, mean, recall_at

_DEPTHS = (10, 50)


@METRICS.register_module()
class FashionIQMetric(RetrievalMetric):
    """``fashioniq/CATEGORY/R@10|50``, ``fashioniq/R@10|50`` and ``fashioniq/avg``, all 0..1.

    ``R@k`` is the mean over the categories, ``avg`` the mean of the two. Protocol
    ("original"): the gallery is a category's whole split file, and the reference stays in it.
    """

    default_prefix = 'fashioniq'

    def judged(self, sample: dict) -> dict[str, Any]:
        """One-based rank of the target within 50."""
        target = sample['target']['name']
        return {'ranks': self.found_within(sample, sample['ranking'], {target}, _DEPTHS[-1])}

    def summary(self, results: list[dict]) -> dict[str, float]:
        """Values of each category, means over categories."""
        categories = sorted({result['gallery'] for result in results})
        print_log(
            f'FashionIQ: original protocol (whole split file as gallery, reference not left out), '
            f'{len(results)} queries of {", ".join(categories)}.',
            'current',
        )
        values = {}
        for category in categories:
            ranks = [result['ranks'] for result in results if result['gallery'] == category]
            values |= {f'{category}/R@{k}': recall_at(ranks, k) for k in _DEPTHS}
        means = {
            f'R@{k}': mean([values[f'{category}/R@{k}'] for category in categories])
            for k in _DEPTHS
        }
        return {**values, **means, 'avg': mean(list(means.values()))}

"""OACIRR: recall of the target, and of any picture of the same object, per domain."""

from __future__ import annotations

from typing import Any

from mmengine.registry import METRICS

from composed_retrieval.metrics.retrieval_metric import (
    RetrievalMetric,
    mean,
    recall_at,
    without,
)

_DEPTHS = (1, 5)


@METRICS.register_module()
class OACIRRMetric(RetrievalMetric):
    """``oacirr/DOMAIN/R_ID@1|R@1|R@5``, their means over domains, ``oacirr/avg``; all 0..1.

    The reference is left out of the ranking. ``R_ID@1`` asks whether the best picture shows
    the target's object; ``avg`` is the mean of all values of all domains.

    Source: arXiv:2604.05393.
    """

    default_prefix = 'oacirr'

    def judged(self, sample: dict) -> dict[str, Any]:
        """One-based ranks of the target and of pictures of its object."""
        names = without(sample['ranking'], sample['reference']['name'])
        target = sample['target']['name']
        alike = {*sample['same_instance'], target}
        return {
            'ranks': self.found_within(sample, names, {target}, _DEPTHS[-1]),
            'instance_ranks': [1] if names and names[0] in alike else [],
        }

    def summary(self, results: list[dict]) -> dict[str, float]:
        """Values of each domain, then means."""
        domains = sorted({result['gallery'] for result in results})
        values = {}
        for domain in domains:
            of_domain = [result for result in results if result['gallery'] == domain]
            ranks = [result['ranks'] for result in of_domain]
            instance_ranks = [result['instance_ranks'] for result in of_domain]
            values[f'{domain}/R_ID@1'] = recall_at(instance_ranks, 1)
            values |= {f'{domain}/R@{k}': recall_at(ranks, k) for k in _DEPTHS}
        names = ('R_ID@1', *(f'R@{k}' for k in _DEPTHS))
        means = {name: mean([values[f'{domain}/{name}'] for domain in domains]) for name in names}
        return {**values, **means, 'avg': mean(list(values.values()))}

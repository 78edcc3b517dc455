import numpy as np
import pytest
import torch

from composed_retrieval.ranking import rank_queries


def named(index) -> str:
    return f'picture {index}'


@pytest.fixture
def evaluated():
    """``evaluated(metric, samples)``: the values without the prefix."""

    def evaluate(metric, samples) -> dict[str, float]:
        metric.process({}, samples)
        values = metric.evaluate(len(samples))
        prefix = f'{metric.default_prefix}/'
        assert all(key.startswith(prefix) for key in values)
        return {key.removeprefix(prefix): value for key, value in values.items()}

    return evaluate


@pytest.fixture(params=['metrics_a', 'metrics_b'])
def golden_scores(golden_case, request):
    """A reference case, and its queries ranked by its own score matrix."""
    case = golden_case(request.param)
    return case, ranked_samples(case)


def ranked_samples(case: dict[str, np.ndarray]) -> list[dict]:
    """Features whose products are exactly the scores: queries are unit vectors."""
    similarity = torch.from_numpy(case['in_sim'])
    names = [named(index) for index in range(similarity.shape[1])]
    samples = []
    for row in range(len(similarity)):
        truths = case['in_circo_gt_index'][row]
        samples.append(
            {
                'query_id': str(row),
                'gallery': 'all',
                'category': ('dress', 'shirt', 'toptee')[case['in_fiq_category'][row]],
                'reference': {'name': named(case['in_reference_index'][row])},
                'target': {'name': named(case['in_target_index'][row])},
                'subset': tuple(named(index) for index in case['in_group_members'][row]),
                'ground_truths': tuple(named(index) for index in truths if index >= 0),
            }
        )
    answers = rank_queries(
        samples, torch.eye(len(similarity)), names, similarity.T[:, None], {'all': names}
    )
    for sample, answer in zip(samples, answers, strict=True):
        sample.update(ranking=answer.ranking, subset_ranking=answer.subset_ranking)
    return samples

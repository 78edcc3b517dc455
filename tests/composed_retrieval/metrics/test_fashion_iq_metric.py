import numpy as np
from mmengine.registry import METRICS


def test_values_equal_the_reference(golden_scores, evaluated, log_lines):
    case, samples = golden_scores
    by_category = [{**sample, 'gallery': sample['category']} for sample in samples]
    values = evaluated(METRICS.build(dict(type='FashionIQMetric')), by_category)

    found = [[values[f'{c}/R@{k}'] for k in (10, 50)] for c in ('dress', 'shirt', 'toptee')]
    np.testing.assert_allclose(found, case['out_fiq_r10_r50_per_category'] / 100, atol=1e-11)
    means = [values[key] for key in ('R@10', 'R@50', 'avg')]
    np.testing.assert_allclose(means, case['out_fiq_average'] / 100, atol=1e-11)
    assert any('original protocol' in line for line in log_lines)

import numpy as np
import pytest
from mmengine.registry import METRICS

from composed_retrieval.metrics.circo_metric import average_precision_at


@pytest.fixture
def metric():
    return METRICS.build(dict(type='CIRCOMetric'))


def test_values_equal_the_reference(metric, golden_scores, evaluated):
    case, samples = golden_scores
    # In the reference case the first right answer is the target that recall looks at.
    samples = [{**s, 'target': {'name': s['ground_truths'][0]}} for s in samples]
    values = evaluated(metric, samples)
    for name, key in (('mAP', 'out_circo_map_5_10_25_50'), ('R', 'out_circo_recall_5_10_25_50')):
        found = [values[f'{name}@{k}'] for k in (5, 10, 25, 50)]
        np.testing.assert_allclose(found, case[key] / 100, atol=1e-11)


def test_average_precision_by_hand():
    # hits at ranks 1, 4, 7 of three right answers
    assert average_precision_at([1, 4, 7], 3, 5) == pytest.approx((1 + 2 / 4) / 3)
    assert average_precision_at([1, 4, 7], 3, 10) == pytest.approx((1 + 2 / 4 + 3 / 7) / 3)
    assert average_precision_at([2], 9, 5) == pytest.approx((1 / 2) / 5)
    assert average_precision_at([], 9, 5) == 0


def test_an_aspect_has_the_mean_of_its_queries(metric, evaluated):
    def sample(query_id, right, aspects):
        return {
            'query_id': query_id,
            'gallery': 'val',
            'reference': {'name': 'r'},
            'target': {'name': right},
            'ground_truths': (right,),
            'aspects': aspects,
            'ranking': ('a', 'b', 'r'),
        }

    values = evaluated(metric, [sample('0', 'a', ('x', 'y')), sample('1', 'b', ('y',))])
    assert values['mAP@10/x'] == 1 and values['mAP@10/y'] == 0.75 and values['mAP@10'] == 0.75

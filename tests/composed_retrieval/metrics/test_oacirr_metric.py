import pytest
from mmengine.registry import METRICS


def sample(query_id, gallery, ranking, alike=('same',)):
    return {
        'query_id': query_id,
        'gallery': gallery,
        'reference': {'name': 'r'},
        'target': {'name': 't'},
        'same_instance': alike,
        'ranking': ranking,
    }


def test_values_by_hand(evaluated):
    metric = METRICS.build(dict(type='OACIRRMetric'))
    values = evaluated(
        metric,
        [
            sample('1', 'Car', ('r', 't', 'same')),  # the reference does not count
            sample('2', 'Car', ('same', 'x', 't')),  # the object, in another picture
            sample('3', 'Fashion', ('x', 'y', 'same', 'z', 'r', 'v', 't')),  # rank 6
            sample('4', 'Fashion', ('x', 't', 'r', 'same', 'y', 'z')),
        ],
    )
    assert values == {
        'Car/R_ID@1': 1.0,
        'Car/R@1': 0.5,
        'Car/R@5': 1.0,
        'Fashion/R_ID@1': 0.0,
        'Fashion/R@1': 0.0,
        'Fashion/R@5': 0.5,
        'R_ID@1': 0.5,
        'R@1': 0.25,
        'R@5': 0.75,
        'avg': pytest.approx(0.5),
    }

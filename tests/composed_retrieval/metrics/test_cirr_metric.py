import numpy as np
import pytest
from mmengine.registry import DATASETS, METRICS

from tests.composed_retrieval.metrics.conftest import named
from vl_runtime.errors import InputValueError


@pytest.fixture
def metric():
    return METRICS.build(dict(type='CIRRMetric'))


def test_values_equal_the_reference(metric, golden_scores, evaluated):
    case, samples = golden_scores
    values = evaluated(metric, samples)
    names = case['cirr_metric_names'].tolist()
    assert list(values) == names
    np.testing.assert_allclose(list(values.values()), case['out_cirr'] / 100, atol=1e-11)


def test_rankings_without_the_reference_equal_the_reference_output(golden_scores):
    case, samples = golden_scores
    for sample, top, rank in zip(samples, case['out_cirr_top50'], case['out_cirr_subset_rank']):
        reference = sample['reference']['name']
        names = [name for name in sample['ranking'] if name != reference]
        assert names[:50] == [named(index) for index in top]
        members = [name for name in sample['subset_ranking'] if name != reference]
        assert members.index(sample['target']['name']) + 1 == rank


def test_the_reference_does_not_count(golden_scores, evaluated, metric):
    case, samples = golden_scores
    values = evaluated(metric, samples)
    wrong = [value / 100 for value in case['out_wrong_without_exclusion']]
    assert [values[f'R@{k}'] for k in (1, 5, 10, 50)] != pytest.approx(wrong)


def test_a_split_without_targets_is_refused_before_anything_runs(cirr_root, metric):
    dataset = DATASETS.build(dict(type='CIRRDataset', data_root=cirr_root, split='test1'))
    with pytest.raises(
        InputValueError,
        match=r"CIRRMetric: .*cap.rc2.test1.json: split 'test1' has no targets.*make_submission",
    ):
        metric.dataset_meta = dataset.metainfo
    with pytest.raises(InputValueError, match='query 9: expected a target, found none'):
        metric.process({}, [{**dataset[0], 'ranking': (), 'subset_ranking': ()}])


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'ranking': ('a',) * 2}, 'query 0: expected each name once in the ranking'),
        ({'subset_ranking': ()}, "query 0: expected a subset_ranking of the subset's 6 members"),
        ({'ranking': ('a', 'b')}, 'query 0: expected the 50 best names .*, found 2'),
    ],
)
def test_a_ranking_that_can_not_be_scored_is_told(golden_scores, metric, changes, message):
    sample = golden_scores[1][0]
    with pytest.raises(InputValueError, match=message):
        metric.process({}, [{**sample, **changes}])


def test_a_query_twice_is_told(golden_scores, metric):
    sample = golden_scores[1][0]
    metric.process({}, [sample, sample])
    with pytest.raises(InputValueError, match="every query once, found '0' again among 2 results"):
        metric.evaluate(2)

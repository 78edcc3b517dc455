import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.class_naming_metric import ClassNamingMetric


class Plain(ClassNamingMetric):
    def process(self, data_batch, data_samples):
        pass

    def compute_metrics(self, results):
        return {}


def test_class_names_are_kept():
    metric = Plain()
    assert metric.dataset_meta is None
    metric.dataset_meta = {'classes': ('cat', 'dog')}
    assert metric.dataset_meta == {'classes': ('cat', 'dog')}


@pytest.mark.parametrize('meta', [None, {}, {'classes': ()}])
def test_a_data_set_without_class_names_is_refused(meta):
    metric = Plain()
    with pytest.raises(InputValueError, match=r'^Plain: the data set names no classes'):
        metric.dataset_meta = meta

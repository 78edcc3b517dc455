"""The metric of the published recipes without its package."""

import sys

import pytest
from mmdet.registry import METRICS

import yolo_world  # noqa: F401
from vl_runtime.compat.lvis_metric import LVISMetric
from vl_runtime.errors import InputValueError


def test_a_missing_package_is_one_line_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, 'lvis', None)
    message = r"mmdet.LVISMetric needs the package 'lvis', .* install it with: pip install lvis"
    with pytest.raises(InputValueError, match=message):
        METRICS.build({'type': 'mmdet.LVISMetric', 'ann_file': 'a.json', 'metric': 'bbox'})


def test_it_is_mmdets_otherwise():
    pytest.importorskip('lvis')
    metric = METRICS.build({'type': 'mmdet.LVISMetric', 'metric': 'bbox'})
    assert type(metric) is LVISMetric
    assert metric.metrics == ['bbox']

"""One test run, several tasks."""

import pytest
from mmengine.registry import METRICS

from vl_runtime.errors import InputKeyError, InputValueError
from vlm_detector.metrics import task_metric

BOX = [(10, 10, 30, 30)]


def build(task='detection', **metric):
    return METRICS.build({'type': 'TaskMetric', 'task': task, 'metric': metric})


def test_only_the_samples_of_the_task_count(sample, annotation_file, evaluate, monkeypatch):
    lines = []
    monkeypatch.setattr(task_metric, 'print_log', lambda text, **kwargs: lines.append(text))
    truth = annotation_file([(1, 10, (10, 10, 20, 20), {}), (2, 10, (10, 10, 20, 20), {})])
    samples = [
        sample(1, BOX),
        sample(2, BOX, task='detection'),
        sample(1, [], task='caption'),
        sample(1, [], task='phrase_grounding'),
        sample(2, [], task='phrase_grounding'),
    ]
    scores = evaluate(build(type='BoxIoUMetric', ann_file=truth, prefix='mine'), samples)
    assert scores['mine/mean_iou'] == 1
    assert lines == [
        'BoxIoUMetric of detection: 2 samples; of other tasks, left out: caption 1, '
        'phrase_grounding 2'
    ]


def test_the_metric_keeps_its_prefix(sample, annotation_file, evaluate):
    truth = annotation_file([(1, 10, (10, 10, 20, 20), {})], num_images=1)
    scores = evaluate(build(type='CocoDetectionMetric', ann_file=truth), [sample(1, BOX)])
    assert scores['coco/bbox_mAP'] == pytest.approx(1)


def test_without_samples_it_is_refused(sample, evaluate):
    with pytest.raises(InputValueError, match=r"of the task caption, found \{'detection': 1\}"):
        evaluate(build('caption', type='BoxIoUMetric'), [sample(1, BOX)])
    with pytest.raises(InputKeyError, match=r"TaskMetric: expected one of .*, found 'count'"):
        build('count', type='BoxIoUMetric')

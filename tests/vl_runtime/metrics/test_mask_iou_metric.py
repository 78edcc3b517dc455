"""All pixels of a phrase against all annotated ones."""

import numpy as np
import pytest
import torch
from mmengine.registry import METRICS

from vl_runtime.errors import InputValueError


def mask(x1, x2):
    made = np.zeros((100, 100), bool)
    made[10:20, x1:x2] = True
    return made


def with_masks(sample, img_id, found, labels=None, truth=None, truth_labels=None):
    """A sample whose predicted and annotated masks are columns x1..x2 of ten rows."""
    boxes = [(x1, 10, x2, 20) for x1, x2 in found]
    made = sample(img_id, boxes, labels=labels)
    masks = np.array([mask(*pair) for pair in found], bool).reshape(-1, 100, 100)
    made['pred_instances']['masks'] = torch.from_numpy(masks)
    if truth is not None:
        made['gt_instances'] = {
            'masks': np.array([mask(*pair) for pair in truth], bool).reshape(-1, 100, 100),
            'labels': np.array(truth_labels or [0] * len(truth), int),
        }
    return made


def test_the_union_of_a_phrase_counts(sample, evaluate):
    metric = METRICS.build({'type': 'MaskIoUMetric'})
    scores = evaluate(
        metric,
        [
            with_masks(sample, 1, [(0, 10), (20, 30)], truth=[(0, 10), (20, 40)]),  # 20 of 30
            with_masks(sample, 2, [], truth=[(0, 10)]),
            with_masks(sample, 3, [(50, 60)], truth=[]),
            with_masks(sample, 4, [], truth=[]),
        ],
    )
    assert scores['mask/mean_iou'] == pytest.approx((20 / 30 + 0) / 2)
    assert scores['mask/cumulative_iou'] == pytest.approx(20 / 40)
    assert (scores['mask/success@0.5'], scores['mask/success@0.75']) == (0.5, 0)
    assert scores['mask/empty_correct'] == 0.5


def test_labels_are_cases_of_their_own_in_a_file(sample, annotation_file, evaluate):
    square = [[0, 10, 10, 10, 10, 20, 0, 20]]
    truth = annotation_file(
        [
            (1, 10, (0, 10, 10, 10), {'segmentation': square}),
            (1, 20, (0, 10, 10, 10), {'segmentation': square}),
        ],
        num_images=1,
    )
    metric = METRICS.build({'type': 'MaskIoUMetric', 'ann_file': truth})
    scores = evaluate(metric, [with_masks(sample, 1, [(0, 10), (0, 5)], labels=[0, 1])])
    assert scores['mask/mean_iou'] == pytest.approx((1 + 0.5) / 2)


def test_what_cannot_be_measured_is_refused(sample, evaluate):
    metric = METRICS.build({'type': 'MaskIoUMetric'})
    with pytest.raises(InputValueError, match=r'image 1: no annotated masks in the data sample'):
        evaluate(metric, [with_masks(sample, 1, [(0, 10)])])
    metric = METRICS.build({'type': 'MaskIoUMetric'})
    with pytest.raises(InputValueError, match=r'objects with masks, found none in 1 samples'):
        evaluate(metric, [with_masks(sample, 1, [], truth=[])])

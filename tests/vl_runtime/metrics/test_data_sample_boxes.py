import numpy as np
import pytest
import torch

from vl_runtime.errors import InputValueError
from vl_runtime.metrics.data_sample_boxes import annotated_boxes, predicted_boxes, to_numpy


def test_predictions_become_arrays(sample):
    found = predicted_boxes(sample(1, [[0, 0, 2, 2]], [0.5], [1]), num_classes=2)

    assert found['bboxes'].tolist() == [[0, 0, 2, 2]]
    assert found['labels'].tolist() == [1]
    assert found['num_dropped'] == 0


def test_predictions_that_are_not_finite_are_dropped_and_counted(sample):
    nan = float('nan')

    found = predicted_boxes(sample(1, [[0, 0, nan, 2], [0, 0, 2, 2]], [0.5, nan]), num_classes=2)

    assert len(found['scores']) == 0
    assert found['num_dropped'] == 2


def test_a_label_that_is_no_class_is_named(sample):
    with pytest.raises(
        InputValueError, match=r'image 4: prediction 1 has label 2, expected 0\.\.1'
    ):
        predicted_boxes(sample(4, [[0, 0, 2, 2]] * 2, labels=[0, 2]), num_classes=2)


def test_instances_are_read_as_the_data_set_holds_them(sample):
    instances = [{'bbox': [1, 2, 4, 8], 'bbox_label': 1, 'ignore_flag': 1}]

    found = annotated_boxes(sample(1, instances=instances), num_classes=2)

    assert found == [{'bbox': [1.0, 2.0, 3.0, 6.0], 'category_id': 1, 'iscrowd': 1}]


def test_gt_instances_and_ignored_instances_are_read(sample):
    gt = {'bboxes': torch.tensor([[0.0, 0.0, 5.0, 5.0]]), 'labels': torch.tensor([0])}
    ignored = {'bboxes': torch.tensor([[1.0, 1.0, 2.0, 2.0]]), 'labels': torch.tensor([1])}

    found = annotated_boxes(sample(1, gt_instances=gt, ignored_instances=ignored), num_classes=2)

    assert [(item['category_id'], item['iscrowd']) for item in found] == [(0, 0), (1, 1)]


def test_no_ground_truth_at_all_says_what_to_do(sample):
    with pytest.raises(InputValueError, match='image 1: no ground truth in the data sample; give'):
        annotated_boxes(sample(1), num_classes=2)


def test_boxes_in_resized_pixels_are_noticed(sample):
    gt = {'bboxes': torch.tensor([[0.0, 0.0, 640.0, 640.0]]), 'labels': torch.tensor([0])}

    with pytest.raises(InputValueError, match='expected a box inside 100 x 100 original pixels'):
        annotated_boxes(sample(1, gt_instances=gt), num_classes=2)


def test_an_annotated_label_that_is_no_class_is_named(sample):
    instances = [{'bbox': [1, 2, 4, 8], 'bbox_label': 5}]

    with pytest.raises(InputValueError, match=r'image 1: object 0 has label 5, expected 0\.\.1'):
        annotated_boxes(sample(1, instances=instances), num_classes=2)


def test_box_structures_lists_and_tensors_become_arrays():
    class Boxes:
        tensor = torch.ones(1, 4)

    for values in (Boxes(), [[1, 1, 1, 1]], torch.ones(1, 4, requires_grad=True)):
        assert np.array_equal(to_numpy(values), np.ones((1, 4)))

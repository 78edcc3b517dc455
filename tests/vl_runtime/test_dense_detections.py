import torch
from mmengine.structures import InstanceData

from vl_runtime.dense_detections import (
    decode_distances,
    detections_of_image,
    prior_centres,
    split_level,
    to_original_picture,
)

THRESHOLDS = dict(
    score_threshold=0.3, iou_threshold=0.5, pre_top_k=10, keep_top_k=10, multi_label=True
)
BOXES = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]])
SCORES = torch.tensor([[0.9, 0.6], [0.8, 0.1], [0.1, 0.7]])


def test_overlaps_go_within_a_class():
    found = detections_of_image(SCORES, BOXES, thresholds=THRESHOLDS)
    torch.testing.assert_close(found.scores, torch.tensor([0.9, 0.7, 0.6]))
    assert found.labels.tolist() == [0, 1, 1]


def test_one_class_a_prior_and_hidden_classes():
    single = {**THRESHOLDS, 'multi_label': False}
    assert len(detections_of_image(SCORES, BOXES, thresholds=single)) == 2
    visible = torch.tensor([False, True])
    found = detections_of_image(SCORES, BOXES, thresholds=single, visible=visible)
    assert found.labels.tolist() == [1]


def test_distances_are_counted_in_strides_from_the_cell_centre():
    centres, strides = prior_centres((16, 32), (8, 16))
    assert centres[:2].tolist() == [[4, 4], [12, 4]] and len(centres) == 8 + 2
    boxes = decode_distances(torch.ones(10, 4), centres, strides)
    assert boxes[0].tolist() == [-4, -4, 12, 12]
    assert boxes[-1].tolist() == [8, -8, 40, 24]


def test_a_level_of_bins_becomes_expected_distances():
    level = torch.zeros(1, 2 + 4 * 3, 1, 1)
    level[0, 2:5, 0, 0] = torch.tensor([-50.0, -50, 50])  # left: bin 2
    logits, distances = split_level(level, num_classes=2)
    assert logits.shape == (1, 1, 2)
    torch.testing.assert_close(distances[0, 0], torch.tensor([2.0, 1, 1, 1]))


def test_boxes_return_to_the_original_picture():
    found = InstanceData(bboxes=torch.tensor([[10.0, 30, 50, 90]]))
    meta = {'pad_param': (20, 20, 0, 0), 'scale_factor': (2.0, 2.0), 'ori_shape': (30, 100)}
    assert to_original_picture(found, meta).bboxes.tolist() == [[5, 5, 25, 30]]

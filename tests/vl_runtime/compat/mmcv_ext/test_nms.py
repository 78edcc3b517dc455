"""Hard, soft and grouped suppression through mmcv's public functions."""

import math

import numpy as np
import pytest
import torch
from mmcv.ops import batched_nms, nms, nms_match, soft_nms

TALL = [0.0, 0.0, 10.0, 10.0]
LOW = [0.0, 0.0, 10.0, 6.0]  # IoU with TALL: 60 / 100
FAR = [50.0, 50.0, 60.0, 60.0]


def random_boxes(count, size=100.0):
    low = torch.rand(count, 2) * size
    return torch.cat([low, low + torch.rand(count, 2) * size / 3 + 1], dim=1)


@pytest.mark.parametrize(('threshold', 'kept'), [(0.59, [2, 0]), (0.6, [2, 0, 1])])
def test_nms_drops_boxes_above_the_threshold_only(threshold, kept):
    boxes, scores = torch.tensor([TALL, LOW, FAR]), torch.tensor([0.8, 0.7, 0.9])

    dets, indices = nms(boxes, scores, threshold)

    assert indices.tolist() == kept
    torch.testing.assert_close(dets, torch.cat([boxes, scores[:, None]], dim=1)[kept])


@pytest.mark.parametrize(('offset', 'kept'), [(0, [0, 1]), (1, [0])])
def test_nms_offset_counts_pixels(offset, kept):
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 4.0]])  # IoU 36 / 81 or 50 / 100

    _, indices = nms(boxes, torch.tensor([0.9, 0.8]), 0.45, offset=offset)

    assert indices.tolist() == kept


def test_nms_takes_numpy_score_threshold_and_limit():
    boxes = np.array([TALL, FAR, [80.0, 0.0, 90.0, 10.0]], dtype=np.float32)
    scores = np.array([0.3, 0.8, 0.9], dtype=np.float32)

    dets, indices = nms(boxes, scores, 0.5, score_threshold=0.4, max_num=1)

    assert isinstance(dets, np.ndarray)
    assert indices.tolist() == [2]


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float64])
def test_nms_takes_other_number_formats(dtype):
    boxes = torch.tensor([TALL, LOW, FAR], dtype=dtype)

    _, indices = nms(boxes, torch.tensor([0.75, 0.5, 1.0], dtype=dtype), 0.5)

    assert indices.tolist() == [2, 0]


def test_nms_of_no_boxes_is_empty():
    dets, indices = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)

    assert dets.shape == (0, 5)
    assert indices.shape == (0,)


@pytest.mark.parametrize('split_thr', [10000, 1])
def test_batched_nms_keeps_classes_apart(split_thr):
    boxes = torch.tensor([TALL, LOW, LOW, FAR])
    scores, labels = torch.tensor([0.6, 0.7, 0.8, 0.5]), torch.tensor([0, 0, 1, 0])
    config = {'type': 'nms', 'iou_threshold': 0.5, 'split_thr': split_thr}

    dets, indices = batched_nms(boxes, scores, labels, config)

    assert indices.tolist() == [2, 1, 3]
    torch.testing.assert_close(dets, torch.cat([boxes, scores[:, None]], dim=1)[[2, 1, 3]])


def test_batched_nms_can_ignore_classes():
    boxes, scores = torch.tensor([TALL, LOW]), torch.tensor([0.6, 0.7])
    config = {'type': 'nms', 'iou_threshold': 0.5}

    _, indices = batched_nms(boxes, scores, torch.tensor([0, 1]), config, class_agnostic=True)

    assert indices.tolist() == [1]


def test_batched_nms_split_gives_the_same_boxes_and_honours_the_limit():
    boxes, scores, labels = random_boxes(200), torch.rand(200), torch.randint(0, 4, (200,))
    config = {'type': 'nms', 'iou_threshold': 0.5, 'max_num': 30}

    whole = batched_nms(boxes, scores, labels, config)
    split = batched_nms(boxes, scores, labels, {**config, 'split_thr': 10})

    torch.testing.assert_close(split, whole)
    assert len(whole[1]) == 30


@pytest.mark.parametrize(
    ('method', 'factor'), [('linear', 1 - 0.6), ('gaussian', math.exp(-0.6 * 0.6 / 0.5))]
)
def test_soft_nms_lowers_the_score_of_an_overlapping_box(method, factor):
    boxes, scores = torch.tensor([LOW, TALL, FAR]), torch.tensor([0.8, 0.9, 0.5])

    dets, indices = soft_nms(boxes, scores, 0.3, sigma=0.5, method=method)

    expected = {1: 0.9, 2: 0.5, 0: 0.8 * factor}
    order = sorted(expected, key=expected.get, reverse=True)
    assert indices.tolist() == order
    torch.testing.assert_close(dets[:, 4], torch.tensor([expected[i] for i in order]))
    torch.testing.assert_close(dets[:, :4], boxes[order])


def test_soft_nms_naive_equals_hard_nms():
    boxes, scores = random_boxes(300), torch.rand(300)

    soft = soft_nms(boxes, scores, 0.5, method='naive', min_score=1e-9)

    torch.testing.assert_close(soft, nms(boxes, scores, 0.5))


def test_soft_nms_drops_scores_under_the_minimum():
    boxes, scores = torch.tensor([TALL, LOW]), torch.tensor([0.9, 0.8])

    _, indices = soft_nms(boxes, scores, 0.3, method='linear', min_score=0.4)  # 0.8 * 0.4 = 0.32

    assert indices.tolist() == [0]


def test_soft_nms_offset_counts_pixels():
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 4.0]])

    dets, _ = soft_nms(boxes, torch.tensor([1.0, 0.8]), 0.3, method='linear', offset=1)

    torch.testing.assert_close(dets[:, 4], torch.tensor([1.0, 0.4]))


def test_soft_nms_resolves_equal_scores_like_the_compiled_operator():
    boxes = torch.tensor([[10.0 * i, 0.0, 10.0 * i + 5, 5.0] for i in range(5)])

    _, indices = soft_nms(boxes, torch.tensor([0.5, 0.5, 0.9, 0.5, 0.0]), 0.3)

    assert indices.tolist() == [2, 1, 0, 3]  # box 0 changed places with the chosen box 2


def test_soft_nms_keeps_scores_finite_for_boxes_without_area():
    boxes = torch.tensor([[3.0, 1.0, 3.0, 1.0]] * 3)

    dets, indices = soft_nms(boxes, torch.tensor([0.9, 0.8, 0.7]), method='gaussian')

    assert indices.tolist() == [0, 1, 2]
    torch.testing.assert_close(dets[:, 4], torch.tensor([0.9, 0.8, 0.7]))


def test_nms_match_groups_boxes_with_the_box_that_suppressed_them():
    boxes = torch.tensor([FAR, LOW, TALL, TALL])
    dets = torch.cat([boxes, torch.tensor([[0.5], [0.7], [0.8], [0.75]])], dim=1)

    assert [group.tolist() for group in nms_match(dets, 0.6)] == [[2, 3, 1], [0]]
    assert [group.tolist() for group in nms_match(dets, 0.61)] == [[2, 3], [1], [0]]
    assert [group.tolist() for group in nms_match(dets.numpy(), 0.6)] == [[2, 3, 1], [0]]
    assert nms_match(dets[:0], 0.6) == []

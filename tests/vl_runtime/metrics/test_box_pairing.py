import numpy as np

from vl_runtime.metrics.box_pairing import pairs_by_iou


def test_the_largest_overlap_is_paired_first():
    overlaps = np.array([[0.6, 0.5], [0.9, 0.8], [0.0, 0.0]])

    assert list(pairs_by_iou(overlaps)) == [(1, 0, 0.9), (0, 1, 0.5)]
    assert overlaps[1, 0] == 0.9  # left as it was


def test_nothing_is_paired_with_nothing():
    assert list(pairs_by_iou(np.zeros((0, 3)))) == []

import cv2
import numpy as np
import pytest

from composed_retrieval.boxes.box_selection import BoxSelection
from composed_retrieval.boxes.saliency_boxes import (
    SaliencyBoxes,
    _joined,
    saliency_map,
    salient_regions,
)
from vl_runtime.boxes import box_iou


def scene(corner_xy, size_wh=(240, 180), object_wh=(60, 77)):
    image = np.full((size_wh[1], size_wh[0], 3), 90, np.uint8)
    x, y = corner_xy
    cv2.rectangle(image, (x, y), (x + object_wh[0] - 1, y + object_wh[1] - 1), (40, 60, 220), -1)
    box = np.array([[x, y, x + object_wh[0], y + object_wh[1]]]) / np.tile(size_wh, 2)
    return image, box


def test_the_map_is_strong_around_an_object_and_weak_far_from_it():
    image, (box,) = scene((150, 80))
    found = saliency_map(image)
    x1, y1, x2, y2 = (box * 256).astype(int)
    assert found.shape == (256, 256) and found.max() <= 1 and found.min() >= 0
    inside = found[y1 - 8 : y2 + 8, x1 - 8 : x2 + 8].mean()
    assert inside > 5 * found[:60, :60].mean()


def test_of_an_even_object_more_than_its_corners_is_found():
    best = []
    for corner in ((20, 20), (150, 80), (90, 50), (30, 90)):
        image, box = scene(corner)
        boxes, _ = salient_regions(saliency_map(image))
        best.append(box_iou(box, boxes).max())
    assert min(best) > 0.2  # one corner alone covers 0.06


def test_a_picture_without_contrast_has_no_boxes():
    (found,) = SaliencyBoxes(BoxSelection(score_threshold=0)).find(
        [np.full((50, 70, 3), 9, np.uint8)]
    )
    assert found.boxes.shape == (0, 4)


def test_boxes_are_fractions_with_scores_and_a_label():
    images = [scene((20, 20))[0], scene((150, 80), size_wh=(300, 200))[0]]
    for found in SaliencyBoxes(BoxSelection(score_threshold=0, max_boxes=3)).find(images):
        assert 1 <= len(found.boxes) <= 3
        assert found.boxes.min() >= 0 and found.boxes.max() <= 1
        assert set(found.labels) == {'salient'} and len(found.scores) == len(found.boxes)


def test_near_regions_are_joined_and_far_ones_are_not():
    boxes = np.array([[0.1, 0.1, 0.2, 0.2], [0.24, 0.1, 0.3, 0.2], [0.7, 0.7, 0.8, 0.8]])
    joined = sorted(_joined(boxes).tolist())
    assert joined == [pytest.approx([0.1, 0.1, 0.3, 0.2]), pytest.approx([0.7, 0.7, 0.8, 0.8])]
    assert _joined(np.zeros((0, 4))).shape == (0, 4)

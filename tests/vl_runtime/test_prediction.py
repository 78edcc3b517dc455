import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import rle_to_masks
from vl_runtime.prediction import Prediction, below_the_threshold


@pytest.fixture
def prediction():
    boxes = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.float32)
    scores, labels = np.array([0.75, 0.5], np.float32), np.array([1, 2])
    return Prediction('a.png', (30, 20), boxes, scores, labels, ('cat', 'dog'))


def test_each_box_has_a_name_even_where_the_vocabulary_is_too_short(prediction):
    assert prediction.names == ['dog', 'class 2']
    assert len(prediction) == 2


def test_the_dictionary_is_json(prediction):
    assert json.loads(json.dumps(prediction.to_dict())) == {
        'image': 'a.png',
        'width': 30,
        'height': 20,
        'boxes': [
            {'box_xyxy': [1.0, 2.0, 3.0, 4.0], 'score': 0.75, 'label': 1, 'text': 'dog'},
            {'box_xyxy': [5.0, 6.0, 7.0, 8.0], 'score': 0.5, 'label': 2, 'text': 'class 2'},
        ],
    }


def test_boxes_are_chosen_by_score_or_text_and_labels_stay(prediction):
    assert prediction.above(0.6).labels.tolist() == [1]
    assert prediction.with_texts(['dog', 'cow']).labels.tolist() == [1]
    assert prediction.with_texts([]).boxes_xyxy.shape == (0, 4)
    assert prediction.with_texts(['dog']).texts == ('cat', 'dog')


@pytest.fixture
def masked(prediction):
    masks = np.zeros((2, 20, 30), bool)
    masks[0, 2:4, 1:3] = True
    masks[1, 6:8, 5:7] = True
    return replace(prediction, masks=masks)


def test_masks_go_with_their_boxes(masked):
    assert masked.above(0.6).masks.shape == (1, 20, 30)
    assert masked.with_texts(['class 2']).masks[0, 6, 5]
    assert masked.best(1).masks[0, 2, 1]
    boxes = json.loads(json.dumps(masked.to_dict()))['boxes']
    masks = rle_to_masks([box['mask'] for box in boxes], (30, 20))
    np.testing.assert_array_equal(masks, masked.masks)


def test_of_two_overlapping_boxes_the_better_one_stays_whatever_its_text():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 8], [0, 0, 10, 6], [20, 0, 30, 10]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)  # overlaps with the first: 0.8, 0.6, 0
    found = Prediction('a', (40, 10), boxes, scores, np.array([0, 1, 0, 1]), ('cat', 'dog'))
    assert found.without_overlaps(0.7).boxes_xyxy[:, 3].tolist() == [10, 6, 10]
    assert found.without_overlaps(0.5).boxes_xyxy[:, 0].tolist() == [0, 20]
    assert len(found.without_overlaps(1.0)) == 4
    assert len(found.above(0.95).without_overlaps(0.5)) == 0


def test_supervision_draws_from_it(masked):
    supervision = pytest.importorskip('supervision', reason='supervision is not installed')
    detections = masked.to_supervision()
    assert detections.xyxy.tolist() == masked.boxes_xyxy.tolist()
    assert detections.class_id.tolist() == [1, 2]
    assert detections['class_name'].tolist() == ['dog', 'class 2']
    np.testing.assert_array_equal(detections.mask, masked.masks)
    scene = np.zeros((20, 30, 3), np.uint8)
    drawn = supervision.BoxAnnotator(thickness=1).annotate(scene.copy(), detections)
    assert drawn[2, 1].any() and drawn[8, 7].any() and not drawn[15, 25].any()
    assert supervision.MaskAnnotator().annotate(scene.copy(), detections)[6, 5].any()
    assert len(detections[detections.confidence > 0.6]) == 1


def test_no_box_is_no_detection(masked):
    pytest.importorskip('supervision', reason='supervision is not installed')
    assert len(masked.above(0.99).to_supervision()) == 0
    assert len(replace(masked, masks=None).above(0.99).to_supervision()) == 0


def test_without_supervision_the_install_command_is_told(prediction, monkeypatch):
    monkeypatch.setitem(sys.modules, 'supervision', None)
    with pytest.raises(
        InputValueError, match=r"to_supervision needs.*pip install 'mmground\[ui\]'"
    ):
        prediction.to_supervision()


def test_no_box_at_all_is_not_told_as_a_score_of_nothing():
    assert below_the_threshold(0.291) == 'the best one has 0.29'
    assert below_the_threshold(0.0) == 'there is none at any score'

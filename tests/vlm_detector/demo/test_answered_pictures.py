"""Answers beside the truth: names, chance, colours."""

import json
import pickle

import cv2
import numpy as np
import pytest
import torch

from vlm_detector.demo.answered_pictures import (
    AnsweredPicture,
    draw_answers,
    located_iou,
    read_answers,
)

SQUARE = np.array([[10.0, 10.0, 30.0, 30.0]])
ELSEWHERE = np.array([[40.0, 40.0, 60.0, 60.0]])
NOTHING = np.zeros((0, 4))


def picture(path='', boxes=NOTHING, true_boxes=NOTHING):
    names = ('red star',) * len(boxes), ('red star',) * len(true_boxes)
    return AnsweredPicture(str(path), boxes, names[0], np.ones(len(boxes)), true_boxes, names[1])


def test_boxes_and_names_of_answers_and_truth_meet_by_picture(tmp_path):
    truth = {
        'images': [dict(id=7, file_name='a.jpg', width=64, height=64)],
        'categories': [dict(id=3, name='red star'), dict(id=9, name='blue square')],
        'annotations': [dict(image_id=7, category_id=9, bbox=[10, 10, 20, 20])],
    }
    (tmp_path / 'truth.json').write_text(json.dumps(truth))
    found = dict(
        bboxes=torch.tensor([[1.0, 2, 3, 4]]), scores=torch.tensor([0.5]), labels=torch.tensor([0])
    )
    sample = dict(img_id=7, img_path='a.jpg', pred_instances=found)
    (tmp_path / 'out.pkl').write_bytes(pickle.dumps([sample]))

    (answered,) = read_answers(tmp_path / 'out.pkl', tmp_path / 'truth.json')

    assert (answered.names, answered.true_names) == (('red star',), ('blue square',))
    np.testing.assert_array_equal(answered.boxes, [[1, 2, 3, 4]])
    np.testing.assert_array_equal(answered.true_boxes, SQUARE)


@pytest.mark.parametrize(
    'pictures, own, shuffled',
    [
        # Each answer fits its own picture; the next one's answer lies elsewhere.
        ([picture('', SQUARE, SQUARE), picture('', ELSEWHERE, ELSEWHERE)], 1.0, 0.0),
        # Always the same answer, always right: looking is not needed.
        ([picture('', SQUARE, SQUARE), picture('', SQUARE, SQUARE)], 1.0, 1.0),
        ([picture('', NOTHING, SQUARE), picture('', SQUARE, NOTHING)], 0.0, 1.0),
        ([], 0.0, 0.0),
    ],
)
def test_answers_are_held_against_their_own_and_against_other_pictures(pictures, own, shuffled):
    assert located_iou(pictures) == pytest.approx(own)
    assert located_iou(pictures, shift=1) == pytest.approx(shuffled)


def test_the_truth_is_green_and_the_answer_red(tmp_path):
    cv2.imwrite(str(tmp_path / 'black.png'), np.zeros((64, 64, 3), np.uint8))

    draw_answers([picture(tmp_path / 'black.png', ELSEWHERE, SQUARE)], tmp_path / 'grid.png')

    drawn = cv2.imread(str(tmp_path / 'grid.png')).astype(int)
    blue, green, red = drawn[..., 0], drawn[..., 1], drawn[..., 2]
    is_green, is_red = (green > red + 60) & (green > blue + 60), (red > green + 100)
    # Frames begin at 10 / 64 and 40 / 64 of the height.
    rows = drawn.shape[0]
    assert is_green.any() and is_red.any()
    assert np.flatnonzero(is_green.any(1)).max() < 0.55 * rows
    assert np.flatnonzero(is_red.any(1)).max() > 0.9 * rows

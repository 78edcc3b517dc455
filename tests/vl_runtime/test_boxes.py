import numpy as np
import pytest
import torch

from vl_runtime.boxes import box_iou, clip_xyxy, cxcywh_to_xyxy, xywh_to_xyxy, xyxy_to_xywh
from vl_runtime.errors import InputValueError


def as_array(values):
    return np.array(values, dtype=np.float64)


def as_tensor(values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.fixture(params=[as_array, as_tensor], ids=['numpy', 'torch'])
def boxes(request):
    return request.param


def same(found, expected):
    assert np.asarray(found).tolist() == expected


def test_xyxy_to_xywh_takes_the_difference(boxes):
    same(xyxy_to_xywh(boxes([[1.0, 2.0, 4.0, 8.0]])), [[1.0, 2.0, 3.0, 6.0]])


def test_xywh_to_xyxy_takes_the_sum(boxes):
    same(xywh_to_xyxy(boxes([1.0, 2.0, 3.0, 6.0])), [1.0, 2.0, 4.0, 8.0])


def test_cxcywh_to_xyxy_goes_half_a_side_each_way(boxes):
    same(cxcywh_to_xyxy(boxes([[[5.0, 6.0, 2.0, 4.0]]])), [[[4.0, 4.0, 6.0, 8.0]]])


def test_clip_keeps_the_part_inside_the_picture(boxes):
    same(clip_xyxy(boxes([[-1.0, 2.0, 30.0, 9.0]]), width=20, height=8), [[0.0, 2.0, 20.0, 8.0]])


def test_iou_of_a_quarter_overlap_by_hand(boxes):
    a = boxes([[0.0, 0.0, 2.0, 2.0], [10.0, 10.0, 12.0, 12.0]])
    b = boxes([[1.0, 1.0, 3.0, 3.0], [0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.0]])
    same(box_iou(a, b), [[1 / 7, 1.0, 0.5], [0.0, 0.0, 0.0]])


def test_empty_and_reversed_boxes_overlap_nothing(boxes):
    strange = boxes([[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 0.0, 0.0]])
    same(box_iou(strange, strange), [[0.0, 0.0], [0.0, 0.0]])


def test_iou_of_no_box_has_the_right_shape(boxes):
    none = boxes([[0.0, 0.0, 1.0, 1.0]])[:0]
    assert tuple(box_iou(none, boxes([[0.0, 0.0, 1.0, 1.0]])).shape) == (0, 1)


def test_the_input_is_not_changed(boxes):
    given = boxes([[-1.0, 2.0, 30.0, 9.0]])
    clip_xyxy(given, 20, 8)
    xyxy_to_xywh(given)
    same(given, [[-1.0, 2.0, 30.0, 9.0]])


def test_tensors_stay_tensors_of_their_type():
    result = xyxy_to_xywh(torch.zeros(2, 4, dtype=torch.float16))
    assert isinstance(result, torch.Tensor)
    assert result.dtype == torch.float16


def test_a_wrong_last_axis_is_named(boxes):
    with pytest.raises(InputValueError, match=r'expected shape \(\.\.\., 4\), found \(1, 3\)'):
        xyxy_to_xywh(boxes([[1.0, 2.0, 3.0]]))


def test_iou_of_something_else_is_refused(boxes):
    with pytest.raises(InputValueError, match=r'expected two arrays of shape \(N, 4\)'):
        box_iou(boxes([1.0, 2.0, 3.0, 4.0]), boxes([[1.0, 2.0, 3.0, 4.0]]))

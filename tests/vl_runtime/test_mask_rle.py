import numpy as np
import pytest
from pycocotools import mask as coco_mask

from vl_runtime.errors import InputValueError
from vl_runtime.mask_rle import masks_to_rle, rle_to_masks


def test_masks_survive_the_way_through_text():
    masks = np.random.default_rng(0).random((3, 7, 5)) > 0.5
    encoded = masks_to_rle(masks)
    assert encoded[0]['size'] == [7, 5] and isinstance(encoded[0]['counts'], str)
    np.testing.assert_array_equal(rle_to_masks(encoded, (5, 7)), masks)


def test_coco_tools_read_them():
    mask = np.zeros((1, 4, 6), bool)
    mask[0, 1:3, 2:5] = True
    (rle,) = masks_to_rle(mask)
    assert coco_mask.area(rle) == 6
    assert coco_mask.toBbox(rle).tolist() == [2, 1, 3, 2]


def test_no_mask_is_no_entry():
    assert masks_to_rle(np.zeros((0, 4, 6), bool)) == []
    assert rle_to_masks([], (6, 4)).shape == (0, 4, 6)


def test_other_shapes_are_named():
    with pytest.raises(InputValueError, match=r'masks: expected shape \(n, H, W\), found \(4, 6\)'):
        masks_to_rle(np.zeros((4, 6)))
    encoded = masks_to_rle(np.ones((1, 4, 6)))
    with pytest.raises(
        InputValueError, match=r'mask 0: expected the size \[6, 4\].*found \[4, 6\]'
    ):
        rle_to_masks(encoded, (4, 6))

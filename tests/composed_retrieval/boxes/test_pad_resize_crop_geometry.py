import cv2
import numpy as np
import pytest

from composed_retrieval.boxes import PadResizeCropGeometry
from vl_runtime.errors import InputValueError


@pytest.mark.parametrize('name', ['boxes_a', 'boxes_squarepad'])
def test_geometry_and_boxes_equal_the_reference(golden_case, name):
    case = golden_case(name)
    size, ratio = int(case['in_dim']), float(case['in_target_ratio'])
    geometries = [PadResizeCropGeometry.of((w, h), size, ratio) for w, h in case['in_image_wh']]
    found = [(*g.padding_xy, *g.padded_wh, *g.resized_wh, *g.crop_xy) for g in geometries]
    np.testing.assert_array_equal(found, case['out_geometry_hp_vp_pw_ph_nw_nh_left_top'])
    for row, index in enumerate(case['in_box_image_index']):
        sides = np.tile(case['in_image_wh'][index], 2)
        pixels = case['in_boxes_norm_xyxy'][row : row + 1] * sides
        whole = geometries[index].unclipped_boxes(pixels)[0]
        clipped, keep, visible = geometries[index].boxes(pixels, min_visible=0)
        np.testing.assert_allclose(whole, case['out_boxes_unclipped'][row], atol=1e-6)
        np.testing.assert_allclose(clipped[0], case['out_boxes_clipped'][row], atol=1e-6)
        np.testing.assert_allclose(visible[0], case['out_visible_fraction'][row], atol=1e-9)
        assert keep[0] == case['out_keep'][row]


@pytest.mark.parametrize('size_wh', [(640, 480), (300, 900), (250, 250)])
@pytest.mark.parametrize('ratio', [1.25, 1.0, None])
def test_a_drawn_rectangle_lands_where_its_box_does(size_wh, ratio):
    box = np.array([0.35, 0.4, 0.6, 0.62]) * np.tile(size_wh, 2)
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    x1, y1, x2, y2 = box.round().astype(int)
    cv2.rectangle(image, (x1, y1), (x2 - 1, y2 - 1), (255, 255, 255), -1)
    geometry = PadResizeCropGeometry.of(size_wh, 112, ratio)

    drawn = geometry.image(image)
    rows, columns = np.nonzero(drawn[..., 0] > 127)
    assert drawn.shape == (112, 112, 3)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(found, geometry.boxes(box[None])[0][0], atol=1)


def test_what_the_crop_leaves_little_of_is_not_kept():
    geometry = PadResizeCropGeometry.of((400, 100), 100, None)  # the middle 100 of 400 remain
    boxes = [[0, 0, 100, 100], [100, 0, 180, 100], [100, 0, 175, 100], [200, 0, 200.5, 100]]
    _, keep, visible = geometry.boxes(boxes, min_visible=0.35)
    np.testing.assert_allclose(visible, [0, 30 / 80, 25 / 75, 1])
    assert keep.tolist() == [False, True, False, False]


def test_no_boxes_are_no_problem():
    clipped, keep, visible = PadResizeCropGeometry.of((40, 30)).boxes(np.zeros((0, 4)))
    assert clipped.shape == (0, 4) and keep.shape == visible.shape == (0,)


@pytest.mark.parametrize('arguments', [((0, 5), 10, 1), ((5, 5), 0, 1), ((5, 5), 10, 0.9)])
def test_sizes_that_can_not_be_are_told(arguments):
    with pytest.raises(InputValueError, match='expected sizes of 1 and a ratio of 1 or more'):
        PadResizeCropGeometry.of(*arguments)

import numpy as np
import pytest

from vl_runtime.errors import InputValueError
from vl_runtime.visualization import draw_boxes, image_grid, label_colour


def grey(height, width):
    return np.full((height, width, 3), 128, np.uint8)


def has_colour(image, rgb):
    return bool((image[..., ::-1] == rgb).all(axis=-1).any())


def test_a_box_is_framed_in_the_colour_of_its_label_and_the_input_is_unchanged():
    image = grey(600, 800)
    drawn = draw_boxes(image, [[100, 200, 300, 400]], ['cat'], scores=[0.5], labels=[2])
    assert drawn.shape == image.shape
    assert (image == 128).all()
    assert drawn[300, 100, ::-1].tolist() == list(label_colour(2))
    assert drawn[300, 200].tolist() == [128, 128, 128]


def test_small_pictures_come_back_enlarged_by_a_whole_number():
    assert draw_boxes(grey(40, 64), [[1, 1, 9, 9]], ['cat']).shape == (320, 512, 3)
    assert draw_boxes(grey(1, 1), [[0, 0, 1, 1]], ['dot']).shape == (480, 480, 3)


def test_equal_names_share_a_colour_when_no_labels_are_given():
    drawn = draw_boxes(grey(600, 800), [[9, 99, 50, 150], [300, 99, 350, 150]], ['cat', 'cat'])
    assert has_colour(drawn, label_colour(0))
    assert not has_colour(drawn, label_colour(1))


def test_two_hundred_labels_have_nearly_as_many_colours():
    assert len({label_colour(label) for label in range(200)}) > 180


@pytest.mark.parametrize(
    'box', [[-50, -50, 2000, 2000], [900, 900, 950, 950], [5, 5, 5, 5], [9, 9, 2, 2],
            [float('nan')] * 4]
)  # fmt: skip
def test_any_box_can_be_drawn(box):
    assert draw_boxes(grey(600, 800), [box], ['x']).shape == (600, 800, 3)


def test_text_of_any_alphabet_leaves_ink():
    empty = draw_boxes(grey(600, 800), [[99, 99, 300, 300]], ['.'])
    cyrillic = draw_boxes(grey(600, 800), [[99, 99, 300, 300]], ['красный круг'])
    chinese = draw_boxes(grey(600, 800), [[99, 99, 300, 300]], ['红圆'])
    assert not np.array_equal(empty, cyrillic)
    assert not np.array_equal(empty, chinese)


def test_captions_do_not_cover_one_another_where_there_is_room():
    boxes = [[100, 200, 300, 400], [102, 202, 302, 402]]
    drawn = draw_boxes(grey(600, 800), boxes, ['one', 'two'], labels=[0, 2])
    covered = (drawn[..., ::-1] == label_colour(0)).all(axis=-1)
    other = (drawn[..., ::-1] == label_colour(2)).all(axis=-1)
    assert covered.sum() > 1500
    assert other.sum() > 1500


def test_no_box_is_a_plain_picture():
    image = grey(600, 800)
    assert np.array_equal(draw_boxes(image, np.zeros((0, 4)), []), image)


def test_other_numbers_of_names_or_scores_are_an_error():
    with pytest.raises(InputValueError, match='names: expected one for each of 1 boxes, found 2'):
        draw_boxes(grey(9, 9), [[1, 1, 2, 2]], ['a', 'b'], labels=[0])
    with pytest.raises(InputValueError, match='scores: expected one for each of 1 boxes, found 0'):
        draw_boxes(grey(9, 9), [[1, 1, 2, 2]], ['a'], scores=[])


def test_a_grid_has_a_cell_for_each_picture_and_keeps_proportions():
    pictures = [np.full((10, 20, 3), value, np.uint8) for value in (10, 20, 30)]
    grid = image_grid(pictures, columns=2, cell_size=100)
    assert grid.shape == (2 * 106 + 6, 2 * 106 + 6, 3)
    assert (grid == 20).all(axis=-1).sum() == 100 * 50


def test_captions_get_their_own_strip_and_long_ones_are_cut():
    picture = grey(50, 50)
    grid = image_grid([picture], ['many words ' * 50], columns=4, cell_size=(120, 60))
    assert grid.shape == (6 + 60 + 42 + 6, 6 + 120 + 6, 3)
    assert (grid[68:110] < 100).any()


def test_a_grid_of_nothing_and_a_wrong_number_of_captions_are_errors():
    with pytest.raises(InputValueError, match='at least one picture for a grid, found none'):
        image_grid([])
    with pytest.raises(InputValueError, match='expected one for each of 1 pictures, found 2'):
        image_grid([grey(4, 4)], ['a', 'b'])


def test_masks_are_tinted_and_outlined_and_other_pixels_stay():
    image = grey(600, 800)
    masks = np.zeros((1, 600, 800), bool)
    masks[0, 250:350, 150:250] = True
    drawn = draw_boxes(image, [[100, 200, 300, 400]], ['cat'], labels=[2], masks=masks)
    expected = 128 * 0.55 + np.array(label_colour(2)) * 0.45
    np.testing.assert_allclose(drawn[300, 200, ::-1], expected, atol=1)
    assert drawn[250, 200, ::-1].tolist() == list(label_colour(2))
    assert drawn[230, 200].tolist() == [128, 128, 128]
    assert (image == 128).all()


def test_masks_of_another_number_or_size_are_named():
    box, masks = [[1, 1, 9, 9]], np.zeros((1, 40, 64), bool)
    with pytest.raises(InputValueError, match=r'masks: expected the size \(40, 60\)'):
        draw_boxes(grey(40, 60), box, ['cat'], masks=masks)
    with pytest.raises(InputValueError, match='masks: expected one for each of 1 boxes, found 0'):
        draw_boxes(grey(40, 64), box, ['cat'], masks=masks[:0])

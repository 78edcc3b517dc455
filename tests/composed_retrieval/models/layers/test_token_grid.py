import torch

from composed_retrieval.models.layers.token_grid import TokenGrid, with_class_token

GRID = TokenGrid(side=4, cell=4.0)


def cells(*boxes):
    touched = GRID.touched(torch.tensor(boxes, dtype=torch.float32))
    return [row.nonzero()[:, 0].tolist() for row in touched]


def test_a_box_touches_the_cells_that_it_overlaps():
    assert cells((4, 0, 8, 4), (3.9, 0, 8.1, 4), (0, 4, 4, 12)) == [[1], [0, 1, 2], [4, 8]]


def test_the_smallest_box_and_one_on_the_rim_touch_one_cell():
    assert cells((8, 8, 8, 8), (16, 16, 16, 16), (-3, -3, -1, -1)) == [[10], [15], [0]]


def test_boxes_of_a_picture_are_joined_and_none_give_nothing():
    boxes = [torch.tensor([[0.0, 0, 4, 4], [12, 12, 16, 16]]), torch.zeros(0, 4)]
    union = GRID.union(boxes)
    assert union[0].nonzero()[:, 0].tolist() == [0, 15] and not union[1].any()
    assert not GRID.union([torch.zeros(0, 4)] * 2).any()


def test_the_class_token_stands_first():
    mask = with_class_token(torch.tensor([[True, False]]), 0.0)
    assert mask.tolist() == [[0.0, 1.0, 0.0]] and mask.dtype == torch.float32


def test_pooling_an_even_picture_gives_its_value():
    tokens = torch.cat([torch.full((1, 1, 2), 9.0), torch.full((1, 16, 2), 3.0)], dim=1)
    pooled = GRID.pooled(tokens, [torch.tensor([[2.0, 2.0, 9.0, 9.0]])])
    torch.testing.assert_close(pooled, torch.full((1, 2), 3.0))

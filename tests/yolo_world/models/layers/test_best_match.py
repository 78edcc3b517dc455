import pytest
import torch

from yolo_world.models.layers.best_match import CHUNK, best_match


@pytest.mark.parametrize('num_classes', [1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK + 3])
def test_parts_give_the_same_maximum_as_one_product(num_classes):
    embed, guide = torch.randn(2, 3, 8, 20), torch.randn(3, num_classes, 8)
    whole = torch.einsum('bmdp,mkd->bmkp', embed, guide).max(dim=2).values

    with torch.no_grad():
        parts = best_match(embed, guide)

    torch.testing.assert_close(parts, whole)
    torch.testing.assert_close(best_match(embed, guide), whole)


def test_gradient_goes_to_the_best_class():
    embed = torch.ones(1, 1, 2, 1)
    guide = torch.tensor([[[1.0, 1.0], [3.0, 3.0]]], requires_grad=True)

    best_match(embed, guide).sum().backward()

    assert guide.grad.tolist() == [[[0.0, 0.0], [1.0, 1.0]]]

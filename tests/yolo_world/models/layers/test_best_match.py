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


@pytest.mark.parametrize('num_texts', [5, 3 * CHUNK])
def test_every_image_may_have_its_own_texts(num_texts):
    embed, guide = torch.randn(2, 3, 8, 20), torch.randn(2, 3, num_texts, 8)

    with torch.no_grad():
        found = best_match(embed, guide)

    for image in range(2):
        alone = torch.einsum('mdp,mkd->mkp', embed[image], guide[image]).amax(dim=1)
        torch.testing.assert_close(found[image], alone)


def test_gradient_of_equal_texts_goes_to_one_of_them():
    embed = torch.ones(1, 1, 2, 1)
    guide = torch.ones(1, 1, 2, 2, requires_grad=True)

    best_match(embed, guide).sum().backward()

    assert sorted(guide.grad[0, 0].sum(dim=1).tolist()) == [0, 2]


def test_a_traced_graph_holds_for_any_number_of_texts():
    embed = torch.randn(1, 2, 4, 6)
    with torch.no_grad():
        traced = torch.jit.trace(best_match, (embed, torch.randn(1, 2, 3, 4)))

        assert 'prim::Loop' not in str(traced.graph)
        for num_texts in (1, 5 * CHUNK):
            guide = torch.randn(1, 2, num_texts, 4)
            torch.testing.assert_close(traced(embed, guide), best_match(embed, guide))

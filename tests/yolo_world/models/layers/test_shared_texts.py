import torch

from yolo_world.models.layers.shared_texts import without_copies


def test_texts_that_all_images_share_are_taken_once():
    texts = torch.randn(1, 3, 4)

    assert without_copies(texts.expand(5, -1, -1)).shape == (1, 3, 4)
    assert without_copies(texts).shape == (1, 3, 4)


def test_texts_of_their_own_stay():
    texts = torch.randn(5, 3, 4)

    assert without_copies(texts) is texts

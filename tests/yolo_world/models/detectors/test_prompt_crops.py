import torch

from yolo_world.models.detectors.prompt_crops import crop_prompts, draw_prompts


def test_one_large_box_is_drawn_for_every_class_of_every_image():
    rows = torch.tensor(
        [
            [0.0, 3, 0, 0, 70, 70],
            [0.0, 3, 9, 9, 99, 99],
            [0.0, 3, 0, 0, 10, 10],  # too small
            [0.0, 1, 0, 0, 64, 64],  # just large enough
            [1.0, 3, 0, 0, 80, 80],
            [1.0, 0, 0, 0, 64, 63],  # too small
        ]
    )
    drawn = [sorted(draw_prompts(rows).tolist()) for _ in range(50)]

    assert {tuple(one) for one in drawn} == {(0, 3, 4), (1, 3, 4)}


def test_no_box_gives_no_prompt():
    assert draw_prompts(torch.zeros(0, 6)).tolist() == []
    assert crop_prompts(torch.zeros(1, 3, 8, 8), torch.zeros(0, 6)) == []


def test_crops_surround_their_boxes_inside_the_image():
    images = torch.zeros(2, 3, 100, 120)
    images[1, :, 40:60, 50:70] = 1
    row = torch.tensor([[1.0, 0, 50, 40, 70, 60]])

    for _ in range(50):
        (crop,) = crop_prompts(images, row)
        height, width = crop.shape[1:]
        assert 16 <= height <= 32 and 16 <= width <= 32
        # centred: the object fills it, or has the same border on both sides
        assert torch.equal(crop, crop.flip(1)) and torch.equal(crop, crop.flip(2))


def test_a_box_at_the_border_gives_what_is_there():
    images = torch.rand(1, 3, 50, 50)
    rows = torch.tensor([[0.0, 0, -40, -40, 30, 30], [0.0, 0, 49.5, 49.5, 200, 200]])

    first, second = crop_prompts(images, rows)

    assert first.shape[1] <= 50 and torch.equal(first[:, :5, :5], images[0, :, :5, :5])
    assert 0 not in second.shape

"""Picture tokens that tell text and box: who owns a token, and the two terms by hand."""

import math

import pytest
import torch
from mmengine.registry import MODELS

from vl_runtime.errors import InputValueError
from vlm_detector.models.losses import GroundedTokens
from vlm_detector.models.losses.token_grounding_loss import token_owners


def built(places=(10, 1), **options):
    return MODELS.build({'type': 'TokenGroundingLoss', 'width': 2, 'places': places, **options})


def picture(states, boxes, texts, grid_hw=(1, 2)):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return GroundedTokens(
        torch.tensor(states), grid_hw, boxes, torch.tensor(texts).long(), (100, 100)
    )


def silenced(loss):
    """Every token is likened as it is; the background and all numbers are 0."""
    for layer in (loss.background, loss.numbers):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    torch.nn.init.eye_(loss.likeness.weight)
    torch.nn.init.zeros_(loss.likeness.bias)
    return loss


def test_tokens_belong_to_the_nearest_box_around_their_centre():
    # 2 x 3 tokens; the first box covers the left column, the second a bit of the lower right.
    boxes = torch.tensor([[0.0, 0.0, 0.4, 1.0], [0.9, 0.9, 1.0, 1.0]])
    assert token_owners(boxes, (2, 3)).tolist() == [0, -1, -1, 0, -1, 1]


def test_of_two_boxes_around_a_token_the_more_central_one_owns_it():
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.3, 0.0, 1.0, 1.0]])
    assert token_owners(boxes, (1, 4)).tolist() == [0, 0, 1, 1]
    assert token_owners(boxes[:0], (1, 2)).tolist() == [-1, -1]


def test_the_terms_are_those_computed_by_hand():
    loss = silenced(built(scale=math.sqrt(2)))
    # The left token lies in a box of text 1, the right one shows nothing.
    shown = picture([[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0, 0.5, 1.0]], [1])
    found = loss([shown], torch.eye(2), torch.zeros(10, 2))
    inside = -math.log(math.e / (math.e + 2))  # logits 0, 1 and 0
    outside = math.log(3)
    assert found['loss_token_text'].item() == pytest.approx((inside + 0.2 * outside) / 1.2)
    assert found['loss_token_box'].item() == pytest.approx(math.log(10))
    assert found['acc_token_text'] == 1


def test_numbers_are_told_by_their_digits():
    loss = silenced(built(spread=1e-4))
    # Of 0.0, 0.27, 0.5, 1 these are the numbers 0, 27, 50, 99.
    shown = picture([[0.0, 0.0]], [[0.0, 0.27, 0.5, 1.0]], [0], grid_hw=(1, 1))
    digits = torch.stack([torch.arange(10.0), torch.zeros(10)], dim=1)
    loss.numbers.bias.data = torch.tensor([[1.0, 0.0]] * 8).flatten()
    found = loss([shown], torch.zeros(1, 2), digits)['loss_token_box'].item()
    told = [loss.scale * digit for digit in (0, 0, 2, 7, 5, 0, 9, 9)]
    total = math.log(sum(math.exp(loss.scale * digit) for digit in range(10)))
    assert found == pytest.approx(total - sum(told) / 8, rel=1e-5)


def test_near_numbers_are_nearly_right():
    loss = silenced(built(places=(1,), spread=0.02))
    numbers = torch.zeros(100, 2)
    numbers[[24, 60], 0] = torch.tensor([5.0, 5.0])
    loss.numbers.bias.data = torch.tensor([[1.0, 0.0]] * 4).flatten()
    near, far = (
        loss([picture([[0.0, 0.0]], [[x] * 4], [0], (1, 1))], torch.zeros(1, 2), numbers)
        for x in (0.25, 0.4)
    )
    assert near['loss_token_box'] < far['loss_token_box']


def test_pictures_without_objects_train_the_background_alone():
    loss = silenced(built())
    found = loss([picture([[1.0, 0.0], [0.0, 1.0]], [], [])], torch.zeros(3, 2), torch.zeros(10, 2))
    assert found['loss_token_text'].item() == pytest.approx(math.log(4))
    assert found['loss_token_box'] == 0 and found['acc_token_text'] == 0
    sum(found[name] for name in ('loss_token_text', 'loss_token_box')).backward()
    assert all(weight.grad is not None for weight in loss.parameters())  # as DDP expects


def test_a_negative_weight_is_one_line():
    with pytest.raises(
        InputValueError, match=r'auxiliary\.box_weight: expected 0 or more, found -1'
    ):
        built(box_weight=-1)

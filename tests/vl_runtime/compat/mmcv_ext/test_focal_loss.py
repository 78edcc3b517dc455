"""Focal losses through mmcv's public functions."""

import math

import pytest
import torch
from mmcv.ops import SigmoidFocalLoss, SoftmaxFocalLoss, sigmoid_focal_loss, softmax_focal_loss
from torch.autograd import gradcheck

TARGET = torch.tensor([0, 2, 3, 1])  # 3 = background of the sigmoid loss with 3 classes


def sigmoid_formula(logits, target, gamma, alpha, weight=None):
    """Plain formula, (N, C)."""
    p = logits.sigmoid()
    one_hot = (target[:, None] == torch.arange(logits.size(1))).to(logits.dtype)
    loss = -one_hot * alpha * (1 - p) ** gamma * p.log()
    loss = loss - (1 - one_hot) * (1 - alpha) * p**gamma * (1 - p).log()
    return loss if weight is None else loss * weight[target][:, None]


def softmax_formula(logits, target, gamma, alpha, weight=None):
    """Plain formula, (N,)."""
    p = logits.softmax(dim=1).gather(1, target[:, None])[:, 0]
    loss = -alpha * (1 - p) ** gamma * p.log()
    return loss if weight is None else loss * weight[target]


def test_sigmoid_loss_of_a_zero_logit():
    loss = sigmoid_focal_loss(torch.zeros(1, 2), torch.tensor([1]), 2.0, 0.25, None, 'none')

    expected = 0.25 * math.log(2) * torch.tensor([[0.75, 0.25]])
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize(('gamma', 'alpha'), [(2.0, 0.25), (0.0, 0.5), (1.5, 0.9)])
def test_sigmoid_loss_and_gradient_follow_the_formula(gamma, alpha):
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)

    loss = sigmoid_focal_loss(logits, TARGET, gamma, alpha, None, 'none')

    torch.testing.assert_close(loss, sigmoid_formula(logits, TARGET, gamma, alpha))
    assert gradcheck(lambda x: sigmoid_focal_loss(x, TARGET, gamma, alpha, None, 'none'), [logits])


def test_sigmoid_reductions_divide_by_the_samples():
    logits, module = torch.randn(4, 3), SigmoidFocalLoss(2.0, 0.25)
    each = sigmoid_formula(logits, TARGET, 2.0, 0.25)

    torch.testing.assert_close(module(logits, TARGET), each.sum() / 4)
    total = sigmoid_focal_loss(logits, TARGET, 2.0, 0.25, None, 'sum')
    torch.testing.assert_close(total, each.sum())


def test_sigmoid_gradient_of_the_mean():
    logits = torch.randn(4, 3, requires_grad=True)

    ours = torch.autograd.grad(sigmoid_focal_loss(logits, TARGET), logits)
    plain = torch.autograd.grad(sigmoid_formula(logits, TARGET, 2.0, 0.25).sum() / 4, logits)

    torch.testing.assert_close(ours, plain)


def test_sigmoid_weight_is_that_of_the_target_class():
    logits, target = torch.randn(3, 3, requires_grad=True), torch.tensor([2, 0, 1])
    weight = torch.tensor([0.5, 2.0, 3.0])

    ours = sigmoid_focal_loss(logits, target, 2.0, 0.25, weight, 'sum')
    plain = sigmoid_formula(logits, target, 2.0, 0.25, weight).sum()

    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(
        torch.autograd.grad(ours, logits), torch.autograd.grad(plain, logits)
    )


def test_background_has_weight_one():
    logits, background = torch.randn(1, 2), torch.tensor([2])

    weighted = sigmoid_focal_loss(logits, background, 2.0, 0.25, torch.tensor([5.0, 7.0]), 'none')

    torch.testing.assert_close(weighted, sigmoid_formula(logits, background, 2.0, 0.25))


def test_saturated_logits_give_finite_true_losses():
    logits = torch.tensor([[60.0, -60.0]], requires_grad=True)

    loss = sigmoid_focal_loss(logits, torch.tensor([1]), 2.0, 0.25, None, 'none')
    loss.sum().backward()

    torch.testing.assert_close(loss, torch.tensor([[0.75 * 60, 0.25 * 60]]))
    torch.testing.assert_close(logits.grad, torch.tensor([[0.75, -0.25]]))


@pytest.mark.parametrize(('gamma', 'alpha'), [(2.0, 0.25), (0.0, 1.0), (0.5, 0.75)])
@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_softmax_loss_and_gradient_follow_the_formula(gamma, alpha, reduction):
    logits = torch.randn(4, 4, dtype=torch.float64, requires_grad=True)

    loss = softmax_focal_loss(logits, TARGET, gamma, alpha, None, reduction)

    expected = softmax_formula(logits, TARGET, gamma, alpha).sum()
    torch.testing.assert_close(loss, expected / (4 if reduction == 'mean' else 1))
    assert gradcheck(
        lambda x: softmax_focal_loss(x, TARGET, gamma, alpha, None, reduction), [logits]
    )


def test_softmax_weight_is_that_of_the_target_class():
    logits, weight = torch.randn(4, 4, requires_grad=True), torch.tensor([0.5, 2.0, 3.0, 1.5])

    ours = SoftmaxFocalLoss(2.0, 0.25, weight)(logits, TARGET)
    plain = softmax_formula(logits, TARGET, 2.0, 0.25, weight).mean()

    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(
        torch.autograd.grad(ours, logits), torch.autograd.grad(plain, logits)
    )


def test_softmax_ignores_negative_targets():
    logits = torch.randn(2, 3, requires_grad=True)
    target = torch.tensor([-1, 1])

    each = softmax_focal_loss(logits, target, 2.0, 0.25, None, 'none')
    softmax_focal_loss(logits, target, 2.0, 0.25, None, 'sum').backward()

    assert each[0] == 0
    assert each[1] > 0
    assert not logits.grad[0].any()
    assert logits.grad[1].all()


def test_softmax_gradient_is_finite_at_certainty():
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)

    softmax_focal_loss(logits, torch.tensor([0]), 0.5, 0.25, None, 'sum').backward()

    assert logits.grad.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize('loss', [sigmoid_focal_loss, softmax_focal_loss])
def test_half_precision_logits_keep_their_format(loss):
    logits = torch.randn(4, 4).bfloat16().requires_grad_()

    value = loss(logits, TARGET, 2.0, 0.25, None, 'sum')
    value.backward()

    assert value.dtype == logits.grad.dtype == torch.bfloat16
    reference = loss(logits.detach().float(), TARGET, 2.0, 0.25, None, 'sum')
    torch.testing.assert_close(value.float(), reference, rtol=2e-2, atol=2e-2)

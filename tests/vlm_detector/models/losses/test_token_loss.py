"""Cross entropy piece by piece."""

import torch
from torch.nn import functional as F

from vlm_detector.models.losses import token_loss
from vlm_detector.models.losses.token_loss import token_nll


def test_pieces_give_the_loss_and_the_gradients_of_the_whole(monkeypatch):
    hidden = torch.randn(7, 5, requires_grad=True)
    head = torch.nn.Linear(5, 11)
    targets = torch.randint(11, (7,))
    whole = F.cross_entropy(head(hidden), targets, reduction='none')
    expected = torch.autograd.grad(whole.mean(), [hidden, head.weight])
    monkeypatch.setattr(token_loss, '_TOKENS_AT_ONCE', 3)
    nll, correct = token_nll(hidden, targets, head)
    torch.testing.assert_close(nll, whole)
    assert torch.equal(correct, head(hidden).argmax(1) == targets)
    found = torch.autograd.grad(nll.mean(), [hidden, head.weight])
    torch.testing.assert_close(found, expected)


def test_logits_of_half_precision_are_compared_in_float32():
    hidden, head = torch.randn(4, 5).bfloat16(), torch.nn.Linear(5, 11).bfloat16()
    assert token_nll(hidden, torch.zeros(4, dtype=torch.long), head)[0].dtype == torch.float32


def test_no_token_gives_no_loss_that_still_has_a_graph():
    hidden = torch.randn(0, 5, requires_grad=True)
    nll, correct = token_nll(hidden, torch.zeros(0, dtype=torch.long), torch.nn.Linear(5, 11))
    assert nll.shape == correct.shape == (0,)
    nll.sum().backward()

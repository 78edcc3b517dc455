from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import HOOKS

from vl_runtime.engine import FiniteLossHook
from vl_runtime.errors import InputValueError


def _runner(iteration):
    rates = SimpleNamespace(get_lr=lambda: {'lr': [2e-4]})
    return SimpleNamespace(iter=iteration, optim_wrapper=rates)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_loss_that_is_no_number_stops_the_training_and_says_what_to_lower(value):
    hook = HOOKS.build(dict(type='FiniteLossHook'))
    with pytest.raises(InputValueError) as caught:
        hook.after_train_iter(_runner(119), 0, outputs={'loss': torch.tensor(value)})
    message = str(caught.value)
    assert message.startswith('iteration 120: loss is ')
    assert 'Lower optim_wrapper.optimizer.lr (now 0.0002)' in message


def test_finite_losses_and_other_values_pass():
    outputs = {'loss': torch.tensor(1.0), 'grad_norm': torch.tensor(float('inf'))}
    FiniteLossHook().after_train_iter(_runner(0), 0, outputs=outputs)


def test_it_looks_every_interval_iterations():
    hook = FiniteLossHook(interval=2)
    nan = {'loss': torch.tensor(float('nan'))}
    hook.after_train_iter(_runner(0), 0, outputs=nan)
    with pytest.raises(InputValueError):
        hook.after_train_iter(_runner(1), 0, outputs=nan)


def test_an_interval_below_one_is_refused():
    with pytest.raises(InputValueError, match='interval 1 or more, found 0'):
        FiniteLossHook(interval=0)

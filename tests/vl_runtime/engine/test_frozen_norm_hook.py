from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.registry import HOOKS
from torch import nn

from vl_runtime.errors import InputValueError


def runner(model):
    return SimpleNamespace(model=model, logger=MMLogger.get_current_instance())


def test_only_the_named_parts_keep_their_statistics():
    model = nn.ModuleDict({'neck': nn.BatchNorm2d(2), 'head': nn.BatchNorm2d(2)})
    hook = HOOKS.build({'type': 'FrozenNormHook', 'parts': ['neck']})
    hook.before_train(runner(model))
    model.train()
    hook.before_train_iter(runner(model), 0)
    for norm in model.values():
        norm(torch.randn(4, 2, 3, 3) + 5)
    assert torch.equal(model['neck'].running_mean, torch.zeros(2))
    assert model['head'].running_mean.min() > 0.1


def test_without_parts_it_is_the_whole_model():
    model = nn.ModuleDict({'neck': nn.BatchNorm2d(2), 'head': nn.BatchNorm2d(2)})
    hook = HOOKS.build({'type': 'FrozenNormHook'})
    hook.before_train(runner(model))
    hook.before_train_iter(runner(model), 0)
    assert not model['neck'].training and not model['head'].training


def test_an_unknown_part_is_told():
    hook = HOOKS.build({'type': 'FrozenNormHook', 'parts': ['nek']})
    with pytest.raises(InputValueError, match="FrozenNormHook: the model has no module 'nek'"):
        hook.before_train(runner(nn.ModuleDict({'neck': nn.BatchNorm2d(2)})))

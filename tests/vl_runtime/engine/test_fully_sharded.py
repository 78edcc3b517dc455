"""What two processes do together is tested in tests/vlm_detector/engine."""

import pytest
import torch
import torch.distributed
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from vl_runtime.engine import FullySharded, TrainedPartDataParallel
from vl_runtime.errors import InputValueError


@pytest.fixture
def one_process_group(tmp_path):
    torch.distributed.init_process_group(
        'gloo', init_method=f'file://{tmp_path}/store', rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


def _model():
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def test_layers_are_shared_and_put_together_for_evaluation(one_process_group):
    model = _model()
    expected = model(torch.ones(1, 2))
    wrapped = MODEL_WRAPPERS.build(
        dict(type='FullySharded', layers=['Linear']), default_args=dict(module=model)
    )
    assert isinstance(wrapped, FullySharded)
    assert type(wrapped.module[0].weight).__name__ == 'DTensor'
    torch.testing.assert_close(wrapped(torch.ones(1, 2)), expected)
    wrapped.eval()
    torch.testing.assert_close(wrapped.module[2].weight.data, model[2].weight.data)
    assert type(wrapped.module[0].weight).__name__ != 'DTensor'
    wrapped.train()
    assert type(wrapped.module[0].weight).__name__ == 'DTensor'


def test_a_model_without_such_layers_is_refused(one_process_group):
    with pytest.raises(InputValueError, match='expected layers of the classes'):
        FullySharded(_model())


def test_frozen_parameters_are_left_out_of_data_parallel_training(one_process_group):
    model = _model()
    model[0].requires_grad_(False)
    wrapped = MODEL_WRAPPERS.build(
        dict(type='TrainedPartDataParallel', find_unused_parameters=True),
        default_args=dict(module=model),
    )
    assert isinstance(wrapped, TrainedPartDataParallel)
    assert wrapped.parameters_to_ignore == {'0.weight', '0.bias'}
    wrapped(torch.ones(1, 2)).sum().backward()
    assert model[2].weight.grad is not None
    assert model[0].weight.grad is None

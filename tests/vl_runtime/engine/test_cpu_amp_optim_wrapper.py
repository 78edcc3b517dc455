import pytest
import torch
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn

from vl_runtime.engine import CpuAmpOptimWrapper, cpu_has_bf16


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('flags\t\t: fpu avx512f avx512_bf16\n', True),
        ('flags\t\t: fpu avx2\n', False),
        ('Features\t: fp asimd bf16\n', True),
        ('model name\t: bf16\n', False),
    ],
)
def test_bf16_is_read_from_the_cpu_flags(tmp_path, text, expected):
    path = tmp_path / 'cpuinfo'
    path.write_text(text)
    assert cpu_has_bf16(path) is expected


def test_bf16_is_not_assumed_where_nothing_tells(tmp_path):
    assert cpu_has_bf16(tmp_path / 'absent') is False


def test_forward_runs_in_bf16_and_weights_stay_fp32():
    layer = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    wrapper = OPTIM_WRAPPERS.build(
        {
            'type': 'CpuAmpOptimWrapper',
            'optimizer': optimizer,
            'accumulative_counts': 2,
            'clip_grad': {'max_norm': 1.0},
        }
    )
    before = layer.weight.detach().clone()

    for _ in range(2):
        with wrapper.optim_context(layer):
            output = layer(torch.ones(1, 2))
        wrapper.update_params(output.float().sum())

    assert isinstance(wrapper, CpuAmpOptimWrapper)
    assert output.dtype == torch.bfloat16
    assert layer.weight.dtype == torch.float32
    # Two gradients of (1, 1 | 1), each halved, clipped to length 1, times the rate 0.1.
    torch.testing.assert_close(before - layer.weight, torch.full((1, 2), 0.1 / 3**0.5))

import pytest
from mmengine.config import Config

from vl_runtime import precision
from vl_runtime.compat import distributed
from vl_runtime.errors import InputValueError


@pytest.mark.parametrize(
    ('device', 'bf16', 'expected'),
    [
        ('cuda', False, {'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic'}),
        ('npu', True, {'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic'}),
        ('cpu', True, {'type': 'CpuAmpOptimWrapper'}),
        ('cpu', False, {'type': 'OptimWrapper'}),
        ('mps', True, {'type': 'OptimWrapper'}),
    ],
)
def test_amp_takes_what_the_machine_has(monkeypatch, device, bf16, expected):
    monkeypatch.setattr(distributed, 'get_device', lambda: device)
    monkeypatch.setattr(precision, 'cpu_has_bf16', lambda: bf16)
    lines = []
    monkeypatch.setattr(precision, 'print_log', lambda line, **_: lines.append(line))
    config = Config({'optim_wrapper': {'accumulative_counts': 2, 'clip_grad': {'max_norm': 1}}})
    precision.set_precision(config, amp=True)
    kept = {'accumulative_counts': 2, 'clip_grad': {'max_norm': 1}}
    assert config.optim_wrapper.to_dict() == {**kept, **expected}
    in_fp32 = [line for line in lines if 'no bf16 instructions; training in fp32' in line]
    assert bool(in_fp32) is (expected['type'] == 'OptimWrapper')


def test_a_recipe_for_gpu_precision_trains_on_a_cpu(monkeypatch):
    monkeypatch.setattr(distributed, 'on_cpu', lambda: True)
    monkeypatch.setattr(precision, 'cpu_has_bf16', lambda: False)
    wrapper = {'type': 'AmpOptimWrapper', 'loss_scale': 512.0, 'dtype': 'float16'}
    config = Config({'optim_wrapper': wrapper})
    precision.set_precision(config, amp=False)
    assert config.optim_wrapper == {'type': 'OptimWrapper'}


def test_amp_with_a_wrapper_of_its_own_precision_is_refused():
    config = Config({'optim_wrapper': {'type': 'ApexOptimWrapper'}})
    with pytest.raises(InputValueError, match='found ApexOptimWrapper; leave --amp out'):
        precision.set_precision(config, amp=True)

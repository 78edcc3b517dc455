import os

import pytest
import torch
from mmengine.config import Config

from vl_runtime.compat import distributed
from vl_runtime.errors import InputValueError


@pytest.fixture
def bare_environment(monkeypatch):
    for names in distributed._LAUNCHER_VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_cores_are_those_that_this_process_may_use():
    assert 1 <= distributed.available_cores() <= (os.cpu_count() or 1)


def test_local_processes_come_from_the_launcher():
    assert distributed.local_processes({}) == 1
    assert distributed.local_processes({'LOCAL_WORLD_SIZE': '4'}) == 4
    assert distributed.local_processes({'SLURM_NTASKS_PER_NODE': '8'}) == 8


@pytest.mark.parametrize(('given', 'expected'), [(None, 3), ('1', None)])
def test_cores_are_shared_unless_the_user_chose(monkeypatch, given, expected):
    chosen = []
    monkeypatch.setattr(distributed, 'on_cpu', lambda: True)
    monkeypatch.setattr(distributed, 'available_cores', lambda: 6)
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '2')
    monkeypatch.setattr(torch, 'set_num_threads', chosen.append)
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    if given:
        monkeypatch.setenv('OMP_NUM_THREADS', given)
    distributed.limit_threads()
    assert chosen == ([expected] if expected else [])


@pytest.mark.parametrize(
    ('launcher', 'variable'),
    [('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'), ('mpi', 'OMPI_COMM_WORLD_RANK')],
)
def test_a_launcher_that_did_not_start_this_process_is_told(bare_environment, launcher, variable):
    with pytest.raises(InputValueError, match=rf'--launcher {launcher}: .*{variable} is not set'):
        distributed.prepare(Config({}), launcher)


def test_a_cpu_gets_gloo_and_a_wrapper_without_device_ids(bare_environment):
    bare_environment.setattr(distributed, 'on_cpu', lambda: True)
    bare_environment.setattr(torch.distributed, 'is_initialized', lambda: True)
    for name, value in {'RANK': '1', 'WORLD_SIZE': '2', 'LOCAL_RANK': '1'}.items():
        bare_environment.setenv(name, value)
    config = Config(
        {
            'env_cfg': {'cudnn_benchmark': True, 'dist_cfg': {'backend': 'nccl', 'timeout': 60}},
            'find_unused_parameters': True,
        }
    )

    distributed.prepare(config, 'pytorch')

    assert config.env_cfg.to_dict() == {
        'cudnn_benchmark': True,
        'dist_cfg': {'backend': 'gloo', 'timeout': 60},
    }
    assert config.model_wrapper_cfg.device_ids is None
    assert config.model_wrapper_cfg.find_unused_parameters is True
    assert config.sync_bn is None
    assert config.custom_hooks == [{'type': 'mmengine.SyncBuffersHook'}]
    assert distributed.process_rank('pytorch') == 1

    distributed.prepare(config, 'pytorch')
    assert len(config.custom_hooks) == 1


def test_a_wrapper_of_another_kind_gets_no_arguments_of_data_parallel_training(bare_environment):
    import vl_runtime.engine  # noqa: F401 - registers the wrapper

    bare_environment.setattr(distributed, 'on_cpu', lambda: True)
    bare_environment.setattr(torch.distributed, 'is_initialized', lambda: True)
    for name, value in {'RANK': '0', 'WORLD_SIZE': '2', 'LOCAL_RANK': '0'}.items():
        bare_environment.setenv(name, value)
    config = Config({'model_wrapper_cfg': {'type': 'FullySharded'}})
    distributed.prepare(config, 'pytorch')
    assert config.model_wrapper_cfg.to_dict() == {'type': 'FullySharded'}


def test_a_gpu_is_left_to_mmengine(bare_environment):
    bare_environment.setattr(distributed, 'on_cpu', lambda: False)
    for name, value in {'RANK': '0', 'WORLD_SIZE': '1', 'LOCAL_RANK': '0'}.items():
        bare_environment.setenv(name, value)
    config = Config({'env_cfg': {'dist_cfg': {'backend': 'nccl'}}})
    distributed.prepare(config, 'pytorch')
    assert config.env_cfg.dist_cfg.backend == 'nccl'
    assert 'model_wrapper_cfg' not in config


def test_an_unknown_first_host_is_told(bare_environment, tmp_path):
    bare_environment.setenv('PATH', str(tmp_path))
    with pytest.raises(InputValueError, match='set MASTER_ADDR'):
        distributed._first_slurm_host()

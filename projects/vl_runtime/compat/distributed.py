"""Several processes on machines with and without a GPU.

Why: mmengine calls ``torch.cuda.set_device`` for every process and hands GPU ids to
``DistributedDataParallel``; both fail on a CPU, as does the ``nccl`` that recipes name.
Here the process group is made before the Runner looks for one, with ``gloo``, and the
model wrapper is told that there are no device ids. With a GPU mmengine does as always.
Until: mmengine starts CPU processes itself.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import MODEL_WRAPPERS
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from vl_runtime.errors import InputValueError

# Environment variables of each launcher: rank, number of processes, rank on this machine.
_LAUNCHER_VARIABLES = {
    'pytorch': ('RANK', 'WORLD_SIZE', 'LOCAL_RANK'),
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_RANK'),
}
_HOW_TO_START = {
    'pytorch': 'start it through tools/dist_train.sh or tools/dist_test.sh',
    'slurm': 'start it through tools/slurm_train.sh or tools/slurm_test.sh',
    'mpi': 'start it through mpirun',
}


def on_cpu() -> bool:
    """Whether training in this process would run on the CPU."""
    return get_device() == 'cpu'


def has_mixed_precision() -> bool:
    """Whether the device of this process has fp16 with loss scaling; Apple's MPS has not."""
    return get_device() not in ('cpu', 'mps')


def available_cores() -> int:
    """CPU cores that this process may use: affinity and a container's quota counted."""
    if hasattr(os, 'sched_getaffinity'):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = Path('/sys/fs/cgroup/cpu.max')
    if quota.is_file():
        limit, period = quota.read_text().split()
        if limit != 'max':
            cores = min(cores, max(1, int(limit) // int(period)))
    return cores


def local_processes(environment: Mapping[str, str] = os.environ) -> int:
    """How many processes of this run share the machine, as the launcher tells."""
    for variable in ('LOCAL_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_SIZE', 'SLURM_NTASKS_PER_NODE'):
        value = environment.get(variable, '')
        if value.isdigit():
            return max(1, int(value))
    return 1


def process_rank(launcher: str) -> int:
    """This process's number in the run, known before the process group exists."""
    if launcher == 'none':
        return 0
    return int(os.environ.get(_LAUNCHER_VARIABLES[launcher][0], 0))


def limit_threads() -> None:
    """On a CPU: share the cores among the processes of this machine.

    Processes that each take all cores spend their time waiting for each other. A user's
    ``OMP_NUM_THREADS`` is left as it is.
    """
    if on_cpu() and 'OMP_NUM_THREADS' not in os.environ:
        torch.set_num_threads(max(1, available_cores() // local_processes()))


def prepare(config: Config, launcher: str) -> None:
    """Make the process group where mmengine can't, and adapt ``config`` to the device.

    Changes ``config.launcher``, and on a CPU ``env_cfg.dist_cfg``, ``model_wrapper_cfg``,
    ``sync_bn`` and ``custom_hooks``.

    Raises:
        InputValueError: the launcher's environment variables are not set.
    """
    config.launcher = launcher
    if launcher == 'none':
        limit_threads()
        return
    _check_environment(launcher)
    if not on_cpu():
        return
    config.sync_bn = None  # torch synchronises batch normalisation between GPUs only
    hooks = list(config.get('custom_hooks') or ())
    if not any(str(hook.get('type')).endswith('SyncBuffersHook') for hook in hooks):
        # Otherwise each process would validate with statistics of its own.
        config.custom_hooks = [*hooks, {'type': 'mmengine.SyncBuffersHook'}]
    environment = config.get('env_cfg') or {}
    distributed_config = {**(environment.get('dist_cfg') or {}), 'backend': 'gloo'}
    config.env_cfg = {**environment, 'dist_cfg': distributed_config}
    wrapper = {'type': 'MMDistributedDataParallel', **(config.get('model_wrapper_cfg') or {})}
    kind = MODEL_WRAPPERS.module_dict.get(str(wrapper['type']).rpartition('.')[2])
    if kind is None or issubclass(kind, DistributedDataParallel):
        wrapper = {
            'broadcast_buffers': False,
            'find_unused_parameters': config.get('find_unused_parameters', False),
            **wrapper,
            'device_ids': None,
        }
    config.model_wrapper_cfg = wrapper
    if not torch.distributed.is_initialized():
        _start_on_cpu(launcher, distributed_config.get('timeout'))


def leave_out(module: nn.Module, names: Sequence[str]) -> None:
    """Tell ``DistributedDataParallel`` to neither broadcast nor reduce these parameters.

    torch has no public way to say so yet; its name for it is stable since 2020.
    """
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(module, list(names))


def _check_environment(launcher: str) -> None:
    missing = [name for name in _LAUNCHER_VARIABLES[launcher] if name not in os.environ]
    if launcher == 'slurm' and missing == ['SLURM_LOCALID']:
        return  # mmengine derives it from the number of GPUs
    if missing:
        raise InputValueError(
            f'--launcher {launcher}: the environment variable {missing[0]} is not set, so nothing '
            f'tells this process its place; {_HOW_TO_START[launcher]}.'
        )


def _start_on_cpu(launcher: str, timeout_seconds: float | None) -> None:
    """Translate the launcher's variables to torch's own and join the group."""
    rank, size, local_rank = (os.environ.get(name, '0') for name in _LAUNCHER_VARIABLES[launcher])
    os.environ.update(RANK=rank, WORLD_SIZE=size, LOCAL_RANK=local_rank)
    os.environ.setdefault('MASTER_PORT', '29500')
    if 'MASTER_ADDR' not in os.environ:
        os.environ['MASTER_ADDR'] = _first_slurm_host() if launcher == 'slurm' else '127.0.0.1'
    limit_threads()
    for variable in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'):  # for data-loader workers
        os.environ.setdefault(variable, str(torch.get_num_threads()))
    options = {'timeout': timedelta(seconds=timeout_seconds)} if timeout_seconds else {}
    torch.distributed.init_process_group('gloo', **options)


def _first_slurm_host() -> str:
    nodes = os.environ.get('SLURM_NODELIST', '')
    try:
        shown = subprocess.run(
            ['scontrol', 'show', 'hostnames', nodes], capture_output=True, text=True, check=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise InputValueError(
            f'--launcher slurm: cannot tell the first of the nodes {nodes!r} ({error}); '
            'set MASTER_ADDR to its host name.'
        ) from error
    return shown.stdout.split()[0] if shown.stdout.split() else '127.0.0.1'

"""Hooks, runner and optimiser wrappers of no particular task."""

from vl_runtime.engine.checked_runner import CheckedRunner
from vl_runtime.engine.cpu_amp_optim_wrapper import CpuAmpOptimWrapper, cpu_has_bf16

__all__ = ['CheckedRunner', 'CpuAmpOptimWrapper', 'cpu_has_bf16']

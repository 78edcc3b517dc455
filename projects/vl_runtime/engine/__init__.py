"""Hooks, runner and optimiser wrappers of no particular task."""

from vl_runtime.engine.best_checkpoint_hook import BestCheckpointHook
from vl_runtime.engine.checked_runner import CheckedRunner
from vl_runtime.engine.cpu_amp_optim_wrapper import CpuAmpOptimWrapper, cpu_has_bf16
from vl_runtime.engine.finite_loss_hook import FiniteLossHook
from vl_runtime.engine.frozen_norm_hook import FrozenNormHook
from vl_runtime.engine.fully_sharded import FullySharded
from vl_runtime.engine.progress_bar_hook import ProgressBarHook
from vl_runtime.engine.random_state_hook import RandomStateHook
from vl_runtime.engine.resumable_epoch_loop import ResumableEpochLoop
from vl_runtime.engine.resumable_iter_loop import ResumableIterLoop
from vl_runtime.engine.sharded_state_hook import ShardedStateHook
from vl_runtime.engine.spread_subset import SpreadSubset
from vl_runtime.engine.trained_part_data_parallel import TrainedPartDataParallel
from vl_runtime.engine.training_curve_hook import TrainingCurveHook
from vl_runtime.engine.window_checkpoint_hook import WindowCheckpointHook
from vl_runtime.engine.zero_shot_retention_hook import ZeroShotRetentionHook

__all__ = [
    'BestCheckpointHook',
    'CheckedRunner',
    'CpuAmpOptimWrapper',
    'FiniteLossHook',
    'FrozenNormHook',
    'FullySharded',
    'ProgressBarHook',
    'RandomStateHook',
    'ResumableEpochLoop',
    'ResumableIterLoop',
    'ShardedStateHook',
    'SpreadSubset',
    'TrainedPartDataParallel',
    'TrainingCurveHook',
    'WindowCheckpointHook',
    'ZeroShotRetentionHook',
    'cpu_has_bf16',
]

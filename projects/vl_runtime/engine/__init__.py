"""Hooks, runner and optimiser wrappers of no particular task."""

from vl_runtime.engine.best_checkpoint_hook import BestCheckpointHook
from vl_runtime.engine.progress_bar_hook import ProgressBarHook

__all__ = ['BestCheckpointHook', 'ProgressBarHook']

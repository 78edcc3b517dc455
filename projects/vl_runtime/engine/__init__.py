"""Hooks and optimiser wrappers that any detector of the toolkit can use."""

from vl_runtime.engine.best_checkpoint_hook import BestCheckpointHook

__all__ = ['BestCheckpointHook']

"""A one-cycle schedule whose checkpoints are plain values.

Why: mmengine's ``OneCycleParamScheduler`` puts its annealing function into ``state_dict``; a
checkpoint with a function in it is refused by safe loading, so such a run could not be resumed.
Until: ``state_dict`` leaves it out.
"""

from __future__ import annotations

from mmengine.optim.scheduler import OneCycleParamScheduler
from mmengine.optim.scheduler.param_scheduler import _ParamScheduler


def install() -> None:
    """Leave the function out; a schedule that is resumed has its own."""
    OneCycleParamScheduler.state_dict = _plain_state


def _plain_state(self) -> dict:
    state = _ParamScheduler.state_dict(self)
    return {key: value for key, value in state.items() if not callable(value)}

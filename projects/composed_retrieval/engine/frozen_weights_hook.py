"""Checkpoints without the frozen trunk: small, and refused with another trunk."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from vl_runtime.checkpoints import LEFT_OUT_KEY, unwrap
from vl_runtime.errors import InputValueError

STATE_KEY = 'frozen_trunk'
_DIGITS = 12


@HOOKS.register_module()
class FrozenWeightsHook(Hook):
    """Leave the weights that nothing trains out of checkpoints, and put them back on loading.

    What is left out is what the recipe builds again: the trunk that ``model.trunk`` loads or
    makes from the recipe's seed. A checkpoint says of which trunk it is.

    Raises:
        InputValueError: the model's trunk is another one than the checkpoint's.
    """

    # After hooks that exchange weights have done so.
    priority = 'VERY_LOW'

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep what is trained, and buffers."""
        model = unwrap(runner.model)
        frozen = _frozen_names(model)
        state = checkpoint['state_dict']
        checkpoint['state_dict'] = {k: v for k, v in state.items() if k not in frozen}
        checkpoint['meta'][STATE_KEY] = model.trunk_fingerprint()

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the trunks, and complete the weights by the model's own frozen ones."""
        model = unwrap(runner.model)
        expected = (checkpoint.get('meta') or {}).get(STATE_KEY)
        if expected is None:  # a whole checkpoint
            return
        found = model.trunk_fingerprint()
        if found != expected:
            raise InputValueError(
                f'checkpoint: trained on another trunk: expected the fingerprint '
                f'{expected[:_DIGITS]}, the model of this recipe has {found[:_DIGITS]}; the '
                'checkpoint has no trunk of its own. Use the recipe and the trunk weights that '
                'it was trained with.'
            )
        own = model.state_dict()
        frozen = {name: own[name] for name in _frozen_names(model)}
        checkpoint['state_dict'] = {**checkpoint['state_dict'], **frozen}
        checkpoint[LEFT_OUT_KEY] = frozen.keys()


def _frozen_names(model) -> set[str]:
    return {name for name, value in model.named_parameters() if not value.requires_grad}

"""Published YOLO-World files: mmengine checkpoints whose keys are ours already."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from vl_runtime.errors import InputValueError
from yolo_world.checkpoint_conversion.converted_weights import ConvertedWeights

# Beside the weights in a training checkpoint; the published files' weights are the averaged ones.
_TRAINING_ENTRIES = ('optimizer', 'param_schedulers', 'message_hub', 'ema_state_dict')


def convert_official(checkpoint: dict[str, Any], source: str) -> ConvertedWeights:
    """Keep the weights of an mmengine checkpoint; position counters and averages go.

    Raises:
        InputValueError: the weights are of another model.
    """
    result = ConvertedWeights('mmengine checkpoint of YOLO-World')
    for entry in _TRAINING_ENTRIES:
        if entry in checkpoint:
            result.leave_out('training state, not needed to use the weights', entry)
    for key, value in checkpoint['state_dict'].items():
        name = key.removeprefix('module.')
        if not isinstance(value, Tensor):
            result.leave_out('no tensor', key)
        elif name.endswith('embeddings.position_ids'):
            result.leave_out('position counter that newer transformers build themselves', key)
        elif name.startswith('ema_') or name == 'steps':
            result.leave_out('running average beside the weights', key)
        else:
            result.state_dict[name] = value
    if not any(name.startswith('bbox_head.head_module.') for name in result.state_dict):
        raise InputValueError(
            f'{source}: expected weights of YOLO-World (bbox_head.head_module.*), found '
            f'{len(result.state_dict)} keys such as {next(iter(result.state_dict), "none")!r}.'
        )
    meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
    result.classes = tuple(meta.get('classes') or meta.get('CLASSES') or ())
    return result

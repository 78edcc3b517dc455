"""Steps of a test pipeline for exported models: from a BGR array to the size of the input."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

META_KEYS = ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'pad_param')


def letterbox_steps(image_size: Sequence[int]) -> list[dict[str, Any]]:
    """Keep the ratio, pad with grey 114 to ``image_size`` (height, width).

    The published models are tested like this.
    """
    scale = (image_size[1], image_size[0])
    return [
        {'type': 'mmdet.LoadImageFromNDArray'},
        {'type': 'mmyolo.YOLOv5KeepRatioResize', 'scale': scale},
        {
            'type': 'mmyolo.LetterResize',
            'scale': scale,
            'allow_scale_up': False,
            'pad_val': {'img': 114},
        },
        {'type': 'mmdet.PackDetInputs', 'meta_keys': META_KEYS},
    ]


def resized_steps(
    steps: Sequence[Mapping[str, Any]], image_size: Sequence[int]
) -> list[dict[str, Any]]:
    """``steps`` for inputs of ``image_size`` (height, width): every ``scale`` is replaced."""
    scale = (image_size[1], image_size[0])
    changed = copy.deepcopy([dict(step) for step in steps])
    for step in changed:
        if 'scale' in step:
            step['scale'] = scale
    return changed

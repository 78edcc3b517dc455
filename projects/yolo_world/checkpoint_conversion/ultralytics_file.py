"""An Ultralytics checkpoint as plain tensors: a pickled module tree, read without its code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vl_runtime.compat.inert_objects import attribute, children, class_name, module_tensors
from vl_runtime.errors import InputValueError

YOLOV8, WORLD_V2 = 'Ultralytics YOLOv8', 'Ultralytics YOLO-World v2'
_PARENTS = ('DetectionModel', 'WorldModel')
_KNOWN_MODULES = {
    'Bottleneck', 'C2f', 'C2fAttn', 'Concat', 'Conv', 'Detect', 'SPPF', 'Upsample', 'WorldDetect',
}  # fmt: skip


@dataclass(frozen=True)
class UltralyticsFile:
    """What a file holds.

    Attributes:
        kind: ``YOLOV8`` or ``WORLD_V2``.
        state_dict: float32 tensors under the names that the model gives them.
        structure: the model's yaml as a dict, with which Ultralytics can build it.
        classes: names in the order of the class indices.
    """

    kind: str
    state_dict: dict[str, Tensor]
    structure: dict[str, Any]
    classes: tuple[str, ...]


def is_ultralytics(content: Any) -> bool:
    """Whether a loaded file holds a pickled Ultralytics model (averaged or not)."""
    return isinstance(content, dict) and class_name(_model(content)) in (
        *_PARENTS,
        'YOLOEModel',
        'SegmentationModel',
        'PoseModel',
        'OBBModel',
        'ClassificationModel',
        'RTDETRDetectionModel',
    )


def read_ultralytics(content: dict, source: str | Path) -> UltralyticsFile:
    """The weights of a detector of Ultralytics.

    Raises:
        InputValueError: another model than YOLOv8 detection or YOLO-World v2; layers that
            were fused; a module tree that is not the published one.
    """
    model = _model(content)
    layers = children(children(model).get('model'))
    kind = _kind_of(model, layers, source)
    state = {
        key: value.float() if value.is_floating_point() else value
        for key, value in module_tensors(model)
    }
    if not any('.bn.' in key for key in state):
        raise InputValueError(
            f'{source}: the batch norms of this file are fused into its convolutions; give the '
            'file that training wrote.'
        )
    _require_dfl(state, source)
    names = attribute(model, 'names') or {}
    names = list(names.values()) if isinstance(names, dict) else list(names)
    named = tuple(map(str, names))
    classes = () if named == tuple(map(str, range(len(named)))) else named
    return UltralyticsFile(kind, state, dict(attribute(model, 'yaml') or {}), classes)


def _model(content: dict) -> Any:
    return content.get('ema') or content.get('model')


def _kind_of(model: Any, layers: dict[str, Any], source: str | Path) -> str:
    kinds = [class_name(layer) for layer in layers.values()]
    parent, head = class_name(model), kinds[-1] if kinds else 'nothing'
    unknown = sorted(set(kinds) - _KNOWN_MODULES)
    if parent in _PARENTS and not unknown and len(kinds) == 23:
        if head == 'Detect' and 'C2f' in kinds and 'C2fAttn' not in kinds:
            return YOLOV8
        contrasts = children(layers['22']).get('cv4')
        with_bn = contrasts is not None and all(
            class_name(item) == 'BNContrastiveHead' for item in children(contrasts).values()
        )
        if head == 'WorldDetect' and with_bn:
            return WORLD_V2
    why = f'layers {", ".join(unknown)}' if unknown else f'the head {head}'
    raise InputValueError(
        f'{source}: expected a YOLOv8 detector or YOLO-World v2 (yolov8?-worldv2), found '
        f'{parent} with {why}; YOLO-World v1 (ImagePoolingAttn), YOLOE and models whose text '
        'encoder is MobileCLIP have another architecture.'
    )


def _require_dfl(state: dict[str, Tensor], source: str | Path) -> None:
    """The distance layer is a fixed ramp; other values could not be carried over."""
    weight = state.get('model.22.dfl.conv.weight')
    if weight is None or not torch.equal(weight.flatten(), torch.arange(weight.numel()).float()):
        raise InputValueError(
            f'{source}: expected the distances 0, 1, 2, ... in model.22.dfl.conv.weight, found '
            f'{"none" if weight is None else weight.flatten()[:4].tolist()}.'
        )

"""Run the source network and ours on one image and tell how far apart they are.

The source is built by the installed ``ultralytics`` from the structure in the file and
filled with its tensors; nothing that the file pickled is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.registry import MODELS
from torch import Tensor, nn

from vl_runtime.checkpoints import fill
from vl_runtime.compat.ultralytics_tasks import ultralytics_tasks
from vl_runtime.errors import InputValueError
from yolo_world.checkpoint_conversion.model_config import (
    hidden_class_width,
    model_config,
)
from yolo_world.checkpoint_conversion.ultralytics_file import WORLD_V2, UltralyticsFile

TOLERANCE = 1e-4  # raw class logits and distances in strides, float32
_NUM_TEXTS = 80
_SIDE = 320


@dataclass(frozen=True)
class OutputDifference:
    """Largest absolute differences; None where the two have no counterpart.

    ``logits``: raw class logits. ``distances``: left, top, right, bottom in strides.
    """

    logits: float | None
    distances: float

    @property
    def equal(self) -> bool:
        """Within ``TOLERANCE``."""
        return max(self.logits or 0.0, self.distances) <= TOLERANCE

    def line(self) -> str:
        """One line for people."""
        parts = [f'{self.distances:.2g} of box distances (strides)']
        if self.logits is not None:
            parts.insert(0, f'{self.logits:.2g} of class logits')
        verdict = 'equal' if self.equal else 'NOT EQUAL'
        return f'largest difference to the source network: {", ".join(parts)}: {verdict}'


@torch.inference_mode()
def compare_outputs(
    file: UltralyticsFile, state_dict: dict[str, Tensor], *, world: bool
) -> OutputDifference:
    """Both networks on the same noise image, 320 x 320, and the same random texts.

    Args:
        file: the source.
        state_dict: its conversion.
        world: converted to YOLO-World. From YOLOv8 only the boxes can be compared then.

    Raises:
        InputValueError: ``ultralytics`` is not installed, or builds another network.
    """
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, _SIDE, _SIDE, generator=generator)
    num_classes = int(file.structure.get('nc', _NUM_TEXTS))
    texts = torch.randn(1, num_classes, _text_width(state_dict), generator=generator)
    texts = nn.functional.normalize(texts, dim=-1)
    source_logits, source_boxes = _source_outputs(file, image, texts)
    logits, boxes = _our_outputs(state_dict, world, num_classes, image, texts)
    comparable = file.kind == WORLD_V2 or not world
    return OutputDifference(
        float((logits - source_logits).abs().max()) if comparable else None,
        float((boxes - source_boxes).abs().max()),
    )


def _text_width(state_dict: dict[str, Tensor]) -> int:
    guide = state_dict.get('neck.top_down_layers.0.attn_block.guide_fc.weight')
    return 512 if guide is None else guide.shape[1]


def _our_outputs(
    state_dict: dict[str, Tensor], world: bool, num_classes: int, image: Tensor, texts: Tensor
) -> tuple[Tensor, Tensor]:
    """(1, K, P) logits and (1, 4, P) distances of the three levels together."""
    width = hidden_class_width(state_dict) if world else num_classes
    config = model_config(state_dict, world=world, num_classes=width, text_width=texts.shape[-1])
    model = MODELS.build(ConfigDict(config)).eval()
    fill(model, state_dict)
    if world:
        feats = model.neck(model.backbone.image_model(image), texts)
        logits, boxes = model.bbox_head.head_module(feats, texts)[:2]
    else:
        logits, boxes = model.bbox_head.head_module(model.neck(model.backbone(image)))[:2]
    return _joined(logits), _joined(boxes)


def _joined(levels: Any) -> Tensor:
    return torch.cat([level.flatten(2) for level in levels], dim=2)


def _source_outputs(file: UltralyticsFile, image: Tensor, texts: Tensor) -> tuple[Tensor, Tensor]:
    tasks = ultralytics_tasks()
    is_world = file.kind == WORLD_V2
    builder = tasks.WorldModel if is_world else tasks.DetectionModel
    # WorldModel makes its first texts for 80 classes unless it is told.
    model = builder(dict(file.structure), ch=3, nc=file.structure.get('nc'), verbose=False)
    missing, unexpected = model.load_state_dict(file.state_dict, strict=False)
    if missing or unexpected:
        raise InputValueError(
            f'the installed ultralytics builds another network from the structure in the file '
            f'({len(missing)} keys missing, {len(unexpected)} unexpected, first: '
            f'{[*missing, *unexpected][0]}); compare with the version that wrote it.'
        )
    model.eval()
    model.model[-1].training = True  # raw maps instead of decoded boxes; the norms stay in eval
    raw = model.predict(image, txt_feats=texts) if is_world else model.predict(image)
    if isinstance(raw, dict):
        boxes, logits = raw['boxes'], raw['scores']
    else:
        boxes, logits = _joined(raw).split((64, texts.shape[1]), dim=1)
    bins = boxes.unflatten(1, (4, -1)).softmax(dim=2)
    ramp = torch.arange(bins.shape[2], dtype=bins.dtype)[None, None, :, None]
    return logits, (bins * ramp).sum(dim=2)

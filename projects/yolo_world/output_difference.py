"""How far two detectors are apart on one picture, over every prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from vl_runtime.errors import InputValueError
from vl_runtime.image_files import read_image

_GREY = 114


@dataclass(frozen=True)
class OutputDifference:
    """Largest differences: ``scores`` (0 to 1), ``boxes`` in pixels of the network's input,
    ``logits`` relative to the largest logit (or to 1, if that is less)."""

    scores: float
    boxes: float
    logits: float

    def within(self, scores: float = 1e-4, boxes: float = 0.1, logits: float = 1e-3) -> bool:
        """Whether every difference is at most its limit (not-a-number is not)."""
        return self.scores <= scores and self.boxes <= boxes and self.logits <= logits

    def require_none(self, name: str) -> None:
        """Raise InputValueError, which says that ``name`` differs, unless ``within()``."""
        if not self.within():
            raise InputValueError(
                f'{name} differs from its source by more than rounding ({self}); '
                'nothing was written.'
            )

    def __str__(self) -> str:
        return f'scores {self.scores:.1e}, boxes {self.boxes:.1e} px, logits {self.logits:.1e}'


@torch.inference_mode()
def output_difference(
    first: nn.Module,
    second: nn.Module,
    images: Tensor,
    strides: Sequence[int] = (8, 16, 32),
) -> OutputDifference:
    """Compare what two detectors make of normalised images (B, 3, H, W), before NMS.

    Args:
        first, second: in evaluation mode; ``model(images, mode='tensor')`` gives logits
            and box distances (in strides) per level.
        strides: of the levels.
    """
    outputs = [model(images, mode='tensor') for model in (first, second)]
    logits = [torch.cat([level.flatten(2) for level in out[0]], 2).float() for out in outputs]
    boxes = [
        torch.cat([level.flatten(2).float() * s for level, s in zip(out[1], strides)], 2)
        for out in outputs
    ]
    largest = max(1.0, float(logits[0].abs().max()))
    return OutputDifference(
        scores=float((logits[0].sigmoid() - logits[1].sigmoid()).abs().max()),
        boxes=float((boxes[0] - boxes[1]).abs().max()),
        logits=float((logits[0] - logits[1]).abs().max()) / largest,
    )


def network_input(image: str | Path | None, size: int) -> Tensor:
    """A picture as the network sees it: RGB from 0 to 1, (1, 3, size, size), grey borders.

    Args:
        image: a file, or None for a drawn picture of a few shapes.
        size: in pixels, a multiple of 32.
    """
    picture = _drawn(size) if image is None else read_image(image)
    height, width = picture.shape[:2]
    ratio = size / max(height, width)
    shape = max(1, round(width * ratio)), max(1, round(height * ratio))
    canvas = np.full((size, size, 3), _GREY, np.uint8)
    canvas[: shape[1], : shape[0]] = cv2.resize(picture, shape)
    rgb = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1))
    return torch.from_numpy(rgb)[None].float() / 255


def _drawn(size: int) -> np.ndarray:
    picture = np.linspace(60, 200, size * size * 3).reshape(size, size, 3).astype(np.uint8)
    unit = size // 8
    cv2.circle(picture, (2 * unit, 2 * unit), unit, (40, 40, 220), -1)
    cv2.rectangle(picture, (4 * unit, unit), (7 * unit, 3 * unit), (200, 80, 30), -1)
    triangle = np.array([[unit, 7 * unit], [4 * unit, 7 * unit], [2 * unit, 4 * unit]])
    cv2.fillPoly(picture, [triangle], (60, 180, 60))
    cv2.line(picture, (5 * unit, 7 * unit), (7 * unit, 4 * unit), (240, 240, 240), unit // 4 + 1)
    return picture

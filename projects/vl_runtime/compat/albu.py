"""``mmdet.Albu`` for the four steps of the YOLO recipes, without albumentations.

Why: albumentations brings opencv-python-headless, which overwrites opencv-python; the
recipes want four rare steps that OpenCV has itself. Where albumentations is installed,
mmdet's own class stays. Until: albumentations works beside opencv-python.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from vl_runtime.compat import optional
from vl_runtime.errors import InputValueError, did_you_mean

_WAY_OUT = 'pip install albumentations (it puts opencv-python-headless over opencv-python)'


class OpenCVAlbu:
    """``Blur``, ``MedianBlur``, ``ToGray`` and ``CLAHE``, each with its own probability.

    None of them moves a pixel, so boxes, labels and masks stay as they are. Ranges and
    defaults are albumentations' (1.x).

    Keys of ``results``: needs and changes ``img`` (H, W, 3) uint8, sets ``img_shape``.

    Args:
        transforms: configs of the steps: ``p`` (0.5), and ``blur_limit`` (largest kernel, or
            a range; 3 to 7), or ``clip_limit`` (highest limit, or a range; 1 to 4) and
            ``tile_grid_size`` (8, 8).
        bbox_params, keymap, skip_img_without_anno: accepted as mmdet's class has them;
            without a meaning here.

    Raises:
        InputValueError: another step or argument; it needs albumentations.
    """

    def __init__(
        self,
        transforms: Sequence[dict],
        bbox_params: dict | None = None,
        keymap: dict | None = None,
        skip_img_without_anno: bool = False,
    ) -> None:
        self.transforms = [dict(step) for step in transforms]
        self._steps = [_build(step) for step in self.transforms]

    def __call__(self, results: dict) -> dict:
        """Apply the steps in order."""
        for probability, apply in self._steps:
            if random.random() < probability:
                results['img'] = apply(results['img'])
        results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'Albu(transforms={self.transforms}) by OpenCV'


def _build(step: dict) -> tuple[float, Callable[[np.ndarray], np.ndarray]]:
    options = dict(step)
    name = options.pop('type', None)
    if name not in _STEPS:
        raise InputValueError(
            f'mmdet.Albu: the step {name!r} needs the package albumentations, which is not '
            f'installed; {", ".join(_STEPS)} work without it. Install it with: {_WAY_OUT}.'
            f'{did_you_mean(str(name), _STEPS)}'
        )
    probability = options.pop('p', 0.5)
    make, known = _STEPS[name]
    for option in options:
        if option not in known:
            raise InputValueError(
                f'mmdet.Albu: {name} has no argument {option!r} without the package '
                f'albumentations; known: p{"".join(f", {item}" for item in known)}.'
            )
    return probability, make(**options)


def _odd_sizes(limit: int | Sequence[int]) -> list[int]:
    low, high = (3, limit) if isinstance(limit, int) else limit
    sizes = [size for size in range(low, high + 1) if size % 2]
    if not sizes:
        raise InputValueError(f'mmdet.Albu: no odd kernel size in blur_limit {limit!r}.')
    return sizes


def _blur(blur_limit: int | Sequence[int] = 7) -> Callable:
    sizes = _odd_sizes(blur_limit)

    def apply(image: np.ndarray) -> np.ndarray:
        size = random.choice(sizes)
        return cv2.blur(image, (size, size))

    return apply


def _median_blur(blur_limit: int | Sequence[int] = 7) -> Callable:
    sizes = _odd_sizes(blur_limit)
    return lambda image: cv2.medianBlur(image, random.choice(sizes))


def _to_gray() -> Callable:
    # albumentations takes the channels for RGB; recipes hand it BGR, so red counts as blue.
    return lambda image: cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def _clahe(
    clip_limit: float | Sequence[float] = 4.0, tile_grid_size: Sequence[int] = (8, 8)
) -> Callable:
    low, high = (1.0, clip_limit) if isinstance(clip_limit, int | float) else clip_limit

    def apply(image: np.ndarray) -> np.ndarray:
        equalise = cv2.createCLAHE(random.uniform(low, high), tuple(tile_grid_size))
        lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
        lab[..., 0] = equalise.apply(lab[..., 0])
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    return apply


_STEPS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    'Blur': (_blur, ('blur_limit',)),
    'MedianBlur': (_median_blur, ('blur_limit',)),
    'ToGray': (_to_gray, ()),
    'CLAHE': (_clahe, ('clip_limit', 'tile_grid_size')),
}


def install() -> None:
    """Serve the steps under mmdet's name unless albumentations is installed."""
    if optional.available('albumentations'):
        return
    from mmdet.datasets import transforms  # noqa: F401  (registers mmdet's own, see below)
    from mmdet.registry import TRANSFORMS

    TRANSFORMS.register_module(name='Albu', module=OpenCVAlbu, force=True)

"""From prototypes and coefficients to masks, and their loss.

Letters: B images, M mask channels, N objects, H x W grid of the prototypes.
"""

from __future__ import annotations

import torch
from mmengine.config import ConfigDict
from torch import Tensor
from torch.nn import functional as F

# Prototypes have half the finest stride.
PROTOTYPE_STRIDE = 4
# float32 pixels of masks that are held at once (64 MB)
MAX_PIXELS_AT_ONCE = 2**24


def inside_boxes(boxes: Tensor, height: int, width: int) -> Tensor:
    """Pixels whose index lies in boxes (N, 4) xyxy: (N, height, width) bool."""
    x1, y1, x2, y2 = (side[:, None] for side in boxes.unbind(1))
    column = torch.arange(width, device=boxes.device, dtype=boxes.dtype)
    row = torch.arange(height, device=boxes.device, dtype=boxes.dtype)
    in_columns = (column >= x1) & (column < x2)
    in_rows = (row >= y1) & (row < y2)
    return in_rows[:, :, None] & in_columns[:, None, :]


def input_size(prototypes: Tensor) -> tuple[int, int]:
    """Height and width of the network's input, in pixels."""
    return prototypes.shape[-2] * PROTOTYPE_STRIDE, prototypes.shape[-1] * PROTOTYPE_STRIDE


def image_region(meta: dict, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the picture lies in the network's input: top, bottom, left, right in pixels.

    ``meta`` may have ``img_shape`` (height, width), smaller than the input's ``size`` where
    the batch was padded, and the letterbox's ``pad_param`` (top, bottom, left, right).
    """
    height, width = meta.get('img_shape', size)[:2]
    pad = meta.get('pad_param')
    top, below, left, beside = (0, 0, 0, 0) if pad is None else (int(side) for side in pad)
    return top, height - below, left, width - beside


def predict_masks(
    prototypes: Tensor, coefficients: Tensor, boxes: Tensor, meta: dict, *, rescale: bool,
    cfg: ConfigDict,
) -> Tensor:  # fmt: skip
    """Masks of one image, inside their boxes.

    Args:
        prototypes: (M, H, W).
        coefficients: (N, M).
        boxes: (N, 4) xyxy in pixels of the network's input.
        meta: for ``rescale`` it has ``ori_shape``; see also ``image_region``.
        rescale: masks of the original picture; otherwise of the network's input.
        cfg: ``mask_thr_binary`` (0.5), and ``fast_test``: probabilities are resized before
            the threshold instead of after it.

    Returns:
        (N, height, width) bool.
    """
    size = input_size(prototypes)
    shape = tuple(meta['ori_shape'][:2]) if rescale else size
    masks = boxes.new_zeros((len(boxes), *shape), dtype=torch.bool)
    logits = (coefficients.float() @ prototypes.float().flatten(1)).unflatten(
        1, prototypes.shape[1:]
    )
    step = max(1, MAX_PIXELS_AT_ONCE // max(size[0] * size[1], shape[0] * shape[1]))
    for start in range(0, len(boxes), step):
        part = slice(start, start + step)
        probability = _resize(logits[part].sigmoid(), size)
        probability = probability * inside_boxes(boxes[part], *size)
        if rescale:
            top, bottom, left, right = image_region(meta, size)
            masks[part] = _to_picture(probability[:, top:bottom, left:right], shape, cfg)
        else:
            masks[part] = probability > cfg.get('mask_thr_binary', 0.5)
    return masks


def _to_picture(probability: Tensor, shape: tuple[int, int], cfg: ConfigDict) -> Tensor:
    """Probabilities of a resized picture to masks (N, *shape) of the original one."""
    threshold = cfg.get('mask_thr_binary', 0.5)
    if cfg.get('fast_test', False):
        return _resize(probability, shape) > threshold
    # Half of a resized mask's 0 or 1: the border that resizing the image of it would give.
    return _resize((probability > threshold).float(), shape) >= 0.5


def _resize(masks: Tensor, shape: tuple[int, int]) -> Tensor:
    return F.interpolate(masks[None], shape, mode='bilinear', align_corners=False)[0]


def logits_of_positives(prototypes: Tensor, coefficients: Tensor, image: Tensor) -> Tensor:
    """Mask logits (N, H, W) of objects whose ``image`` (N,) is ascending, in one product.

    Args:
        prototypes: (B, M, H, W).
        coefficients: (N, M).
    """
    counts = torch.bincount(image, minlength=len(prototypes))
    place = torch.arange(len(image), device=image.device) - (counts.cumsum(0) - counts)[image]
    packed = coefficients.new_zeros(len(prototypes), int(counts.max()), coefficients.shape[1])
    packed = packed.index_put((image, place), coefficients)
    logits = packed @ prototypes.flatten(2)
    return logits[image, place].unflatten(1, prototypes.shape[2:])

"""Which objects of a training batch become image prompts, and their crops.

Letters: B images, M boxes of the batch, P prompts.
"""

from __future__ import annotations

import torch
from torch import Tensor

MIN_PROMPT_AREA = 64.0**2  # pixels; smaller objects show too little
# The crop is the box times a factor between these, around its centre.
MIN_CROP_SCALE, MAX_CROP_SCALE = 0.8, 1.5


def draw_prompts(rows: Tensor) -> Tensor:
    """One random box for every class of every image that has a large enough one.

    Args:
        rows: (M, 6) of (image, class, x1, y1, x2, y2), pixels.

    Returns:
        (P,) indexes of rows.
    """
    sides = rows[:, 4:] - rows[:, 2:4]
    large = (sides.prod(1) >= MIN_PROMPT_AREA).nonzero().squeeze(1)
    large = large[torch.randperm(len(large), device=rows.device)]
    pairs = rows[large, 0] * (rows[:, 1].max() + 1 if len(rows) else 1) + rows[large, 1]
    pairs, order = pairs.sort(stable=True)
    is_first = torch.ones_like(pairs, dtype=torch.bool)
    is_first[1:] = pairs[1:] != pairs[:-1]
    return large[order[is_first]]


def crop_prompts(images: Tensor, rows: Tensor) -> list[Tensor]:
    """The surroundings of each box, by a random factor smaller or larger than it.

    Args:
        images: (B, 3, H, W).
        rows: (P, 6) as in ``draw_prompts``.

    Returns:
        P crops (3, h, w) of at least one pixel.
    """
    height, width = images.shape[2:]
    scale = MIN_CROP_SCALE + torch.rand(len(rows), 1, device=rows.device).clamp(
        max=MAX_CROP_SCALE - MIN_CROP_SCALE
    )
    centre, half = (rows[:, 2:4] + rows[:, 4:]) / 2, (rows[:, 4:] - rows[:, 2:4]) / 2
    limit = rows.new_tensor([width, height])
    low = (centre - half * scale).floor().clamp(min=0).minimum(limit - 1)
    high = (centre + half * scale).ceil().minimum(limit).maximum(low + 1)
    corners = torch.cat([rows[:, :1], low, high], dim=1).long().tolist()
    return [images[image, :, y1:y2, x1:x2] for image, x1, y1, x2, y2 in corners]
